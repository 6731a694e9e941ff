// Remotes that hang, disconnect half-way or send unexpected data, instead of TLS and within it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { makeCertificate } from '@freehold/testing/certificate';
import { type GitHttpsServer, startGitHttpsServer } from '@freehold/testing/git-https-server';
import { domain, findLeftovers, makeSite, type SiteUnderTest } from './site-under-test.ts';

interface Behaviour {
  /** What to do with a connection. */
  readonly act: (socket: Socket) => void;
  readonly sentence: RegExp;
  /** The seconds of silence after which the pull gives up. */
  readonly stall?: number;
}

const garbage = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251));
const behaviours: Record<string, Behaviour> = {
  hangs: { act: () => undefined, sentence: /it does not answer, or stopped answering/, stall: 1 },
  'disconnects immediately': {
    act: (socket) => socket.destroy(),
    sentence:
      /it ended the connection half-way|it refuses the connection|TLS|the remote ended the connection/,
  },
  'disconnects half-way': {
    act: (socket) => void socket.once('data', () => socket.end('003e')),
    sentence: /it ended the connection half-way|its answer is not/,
  },
  'sends garbage': {
    act: (socket) => void socket.once('data', () => socket.end(garbage)),
    sentence: /its answer is not that of a git server|it ended the connection half-way/,
  },
};

/** libcurl's message about a failed handshake depends on the TLS library and the moment. */
const anyReason =
  /it does not answer|it ended the connection half-way|its TLS certificate or connection is not valid|it refuses the connection/;

let site: SiteUnderTest;
let commit: string;
let gitServer: GitHttpsServer;
let certificate: { certificate: string; key: string };

before(async () => {
  site = await makeSite();
  commit = await site.repository.commit({ 'index.html': 'one' });
  assert.equal((await site.run()).code, 0);
  gitServer = await startGitHttpsServer(join(site.data, 'git'));
  certificate = await makeCertificate(['localhost']);
  await writeFile(join(site.data, 'certificate.pem'), certificate.certificate);
});
after(async () => {
  await gitServer.stop();
  await site.remove();
});

async function listen(context: TestContext, act: Behaviour['act'], secure = false): Promise<number> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
    act(socket);
  };
  const server = secure
    ? createTlsServer({ cert: certificate.certificate, key: certificate.key }, take)
    : createServer(take);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Pulls from there and checks that the site is unchanged. A remote that is silent for `stall` s is given up.
 */
async function pullFrom(
  url: string,
  sentence: RegExp,
  options: { trusted?: string; stall?: number } = {},
): Promise<void> {
  const { trusted = join(site.data, 'certificate.pem'), stall = 600 } = options;
  await site.write('GITURL', url);
  const { code, lines } = await site.run([domain], {
    FREEHOLD_GIT_STALL_SECONDS: String(stall),
    GIT_SSL_CAINFO: trusted,
  });
  assert.equal(code, 1, lines.join('\n'));
  assert.match(lines.at(-1) ?? '', sentence);
  assert.match(lines.at(-1) ?? '', /The site stays at [0-9a-f]{7}\.$/);
  assert.deepEqual([await site.served(), await site.read('index.html')], [commit, 'one']);
  assert.deepEqual(await findLeftovers(site), []);
}

describe('A remote that', () => {
  for (const [name, { act, sentence, stall }] of Object.entries(behaviours)) {
    for (const secure of [false, true]) {
      const where = secure ? 'within TLS' : 'instead of TLS';
      test(`${name} ${where} makes the pull fail with a reason, and the site is unchanged.`, async (context) => {
        const port = await listen(context, act, secure);
        await pullFrom(`https://localhost:${port}/x main`, secure ? sentence : anyReason, {
          stall: stall ?? 600,
        });
      });
    }
  }
});

test('A remote that disappears half-way through a transfer leaves nothing incomplete behind.', async (context) => {
  const { repository } = site;
  await repository.commit({ 'big.txt': randomBytes(300_000).toString('base64') });
  // The first connection lists references, the second fetches: only the first bytes of that one arrive.
  let connections = 0;
  const proxy = await listen(context, (socket) => {
    connections += 1;
    const limit = connections === 1 ? Number.POSITIVE_INFINITY : 20_000;
    let bytes = 0;
    const upstream = connect(gitServer.port, '127.0.0.1').on('error', () => undefined);
    socket.pipe(upstream);
    upstream.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > limit) socket.destroy();
      else socket.write(chunk);
    });
    upstream.on('end', () => socket.end());
    socket.on('close', () => upstream.destroy());
  });
  await pullFrom(
    `https://localhost:${proxy}/site/.git main`,
    /it ended the connection half-way|its TLS certificate or connection is not valid/,
    { trusted: gitServer.certificate },
  );
  assert.ok(connections > 1);
  await repository.git('reset', '--quiet', '--hard', commit);
});

test('A server that answers every request with a web page is not accepted as a git server.', async (context) => {
  const server = await startGitHttpsServer(join(site.data, 'git'), {
    intercept(_, response) {
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<!doctype html>\n<html>\n<h1>Hello</h1>\n</html>\n');
      return true;
    },
  });
  context.after(server.stop);
  await site.write('GITURL', `${server.url}/site/.git main`);
  const { code, lines } = await site.run([domain], { GIT_SSL_CAINFO: server.certificate });
  assert.equal(code, 1);
  assert.match(lines.at(-1) ?? '', /the repository does not exist|not that of a git server/);
});
