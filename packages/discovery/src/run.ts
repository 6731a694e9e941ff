import type { Readable } from 'node:stream';
import { parseArguments, printHelp, usageError } from '@freehold/core/arguments';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { readInput } from '@freehold/core/read-input';
import type { Program } from '@freehold/core/run-main';
import { announce } from './announce.ts';
import { type Backend, parseApp, parseBackend } from './backend.ts';
import { help } from './help.ts';
import { readInspect } from './read-inspect.ts';
import { serve } from './serve.ts';
import { readHost } from './settings.ts';
import { createSharedEtcd, type SharedEtcd } from './shared-etcd.ts';
import { withdraw } from './withdraw.ts';

const options = {
  app: { type: 'string' },
  address: { type: 'string' },
  port: { type: 'string' },
  deadline: { type: 'string' },
  forget: { type: 'boolean' },
} as const;

/** `docker inspect` prints some 10 kB for a container. */
const maxInspectBytes = 4 * 1024 * 1024;
/** An unreachable etcd must not delay the stop of a site for long. */
const withdrawSeconds = 15;

type Values = ReturnType<typeof parseCall>['values'];

export async function run(
  program: Program,
  input: Readable & { isTTY?: boolean } = process.stdin,
  shared: SharedEtcd = createSharedEtcd(),
): Promise<void> {
  const { argv, env, signal, log } = program;
  const { values, positionals } = parseCall(argv);
  if (values.help) return printHelp(help);
  const [command, name, ...rest] = positionals;
  if (command === 'serve' && name === undefined) {
    // The next call finds the connection of the last one open.
    using _ = shared.hold();
    return await serve(program, (call, body) => run(call, body, shared));
  }
  if (command !== 'announce' && command !== 'withdraw') {
    throw usageError(
      command
        ? `Unknown command ${JSON.stringify(command)}`
        : 'Missing argument: announce, withdraw or serve',
      help,
    );
  }
  if (name === undefined) throw usageError('Missing argument: DOMAIN', help);
  if (rest.length > 0) throw usageError(`Unexpected argument ${JSON.stringify(rest[0])}`, help);
  refuseForeign(command, values);
  const domain = parseCanonicalDomain(name);
  const host = readHost(env);
  const common = { domain, host, shared, signal, log };
  if (command === 'withdraw') {
    const seconds = parseSeconds(values.deadline) ?? withdrawSeconds;
    const app = values.app === undefined ? undefined : orUsage(() => parseApp(values.app as string, domain));
    return withdraw({ ...common, app, forget: values.forget ?? false, seconds });
  }
  const seconds = parseSeconds(values.deadline) ?? host.probeSeconds;
  const given = backendFromOptions(values, domain);
  if (given === undefined && input.isTTY)
    throw usageError('Standard input is a terminal instead of the output of docker inspect', help);
  const backend =
    given ??
    readInspect(
      await readInput(input, { maxBytes: maxInspectBytes, what: 'docker inspect', signal }),
      domain,
    );
  await announce({ ...common, backend, seconds });
}

function parseCall(argv: readonly string[]) {
  return parseArguments(argv, options, help);
}

/** Refuses an option that the command would ignore. */
function refuseForeign(command: 'announce' | 'withdraw', values: Values): void {
  const foreign = command === 'announce' ? (['forget'] as const) : (['address', 'port'] as const);
  const found = foreign.find((name) => values[name] !== undefined);
  if (found !== undefined) throw usageError(`Option '--${found}' does not apply to ${command}`, help);
}

function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw usageError(
      `--deadline is ${JSON.stringify(text)}, but a whole number of seconds from 1 to 9999 is required`,
      help,
    );
  }
  return Number(text);
}

function backendFromOptions(values: Values, domain: Domain): Backend | undefined {
  const { app, address, port } = values;
  if (app === undefined && address === undefined && port === undefined) return undefined;
  if (app === undefined || address === undefined || port === undefined) {
    throw usageError('--app, --address and --port must be given together', help);
  }
  return orUsage(() => parseBackend({ app, address, port }, domain));
}

function orUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw usageError(reasonOf(error), help);
  }
}
