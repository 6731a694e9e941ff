// One process for the calls of many sites. systemd starts it with the first call (sd_listen_fds(3)), and it
// exits after a while without calls: loading Node and the etcd client takes as long as Docker takes to start
// a container.
//
// POST /announce/DOMAIN with the output of `docker inspect`, POST /withdraw/DOMAIN; the query may contain
// `drain`, which replaces FREEHOLD_DRAIN_SECONDS. The response streams the log of the call. If the call
// fails, the response is cut off before its end, because its status was sent long before.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { createLog } from '@freehold/core/log';
import { exitCodeOf, type Program } from '@freehold/core/run-main';
import type { Environment } from '@freehold/core/settings';

/** The first descriptor that systemd passes on. */
const firstDescriptor = 3;
/** The time without a call after which the process exits, in milliseconds. */
const idleMs = 60_000;

type Run = (program: Program, input: Readable) => Promise<void>;

/**
 * Serves calls until none has arrived for a minute, or the signal aborts. @throws FreeholdError without a
 * socket.
 */
export async function serve({ env, signal, log }: Program, run: Run): Promise<void> {
  if (env.LISTEN_FDS !== '1' || env.LISTEN_PID !== String(process.pid)) {
    throw new FreeholdError('discovery serve must be started by systemd, through discovery.socket.', {
      code: 'usage',
    });
  }
  let calls = 0;
  let timer: NodeJS.Timeout | undefined;
  const server = createServer((request, response) => {
    calls += 1;
    clearTimeout(timer);
    answer(request, response, { env, signal, run })
      .catch((error) => {
        log.error(`Cannot answer a call: ${reasonOf(error)}.`);
        response.destroy();
      })
      .finally(() => {
        calls -= 1;
        rest();
      });
  });
  // A site may take long to answer.
  server.requestTimeout = 0;
  const rest = () => {
    clearTimeout(timer);
    if (calls === 0) timer = setTimeout(() => server.close(), idleMs);
  };
  const stop = () => server.close();
  signal.addEventListener('abort', stop, { once: true });
  const closed = once(server, 'close');
  server.listen({ fd: firstDescriptor });
  rest();
  await closed;
  clearTimeout(timer);
  if (signal.aborted) log.info('Asked to end.');
}

/** Handles one call. It ends if the caller disconnects. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { env, signal, run }: { env: Environment; signal: AbortSignal; run: Run },
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://discovery');
  const drain = searchParams.get('drain');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new FreeholdError('The caller has disconnected.')));
  response.setHeader('connection', 'close').flushHeaders();
  const code = await exitCodeOf((program) => run(program, request), {
    argv: pathname.slice(1).split('/').map(decodeURIComponent),
    env: drain ? { ...env, FREEHOLD_DRAIN_SECONDS: drain } : env,
    log: createLog(response),
    signal: AbortSignal.any([signal, gone.signal]),
  });
  if (code === 0) response.end();
  else response.write('', () => response.destroy());
}
