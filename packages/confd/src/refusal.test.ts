// What HAProxy itself is not known to do: refuse without naming anybody. A stand-in does it.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import type { Answer } from '@freehold/core/publish';
import { recordingStream } from '@freehold/testing/recording-stream';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { createReconciler } from './reconcile.ts';
import type { Site, Sites } from './site.ts';

const site = (name: string, port = 80): Site => ({
  domain: parseDomain(name),
  backends: [{ host: 'h1', address: { ip: '127.0.0.1', port } }],
});

const desire = (...sites: Site[]) => ({
  sites: new Map(sites.map((one) => [one.domain, one])) as Sites,
  complete: true,
});

/** A reconciler whose HAProxy judges by the text of haproxy.cfg, and knows no commands. */
async function start(context: TestContext, refuses: (text: string, reload: number) => boolean) {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  await mkdir(folder, { recursive: true });
  const recorded = recordingStream();
  let reloads = 0;
  const read = () => readFile(join(folder, 'haproxy.cfg'), 'utf8');
  const haproxy = {
    isThere: async () => true,
    command: async () => 'no such command\nPid: 1\n',
    connect: async () => {
      throw new Error('no connection');
    },
    currentWorker: async () => 1,
    endOldWorkers: async () => 0,
    async reload(): Promise<Answer> {
      const refused = refuses(await read(), reloads++);
      return refused ? { kind: 'refused', reason: 'I do not like it' } : { kind: 'accepted' };
    },
  };
  const layout = { folder, sockets: folder, pages: folder, httpPort: 80, httpsPort: 443, ipv6: true };
  const { reconcile } = createReconciler({ layout, haproxy, log: createLog(recorded), refusedMs: 0 });
  const blamed = () => recorded.lines.flatMap((line) => line.match(/refused (\w+\.test)/)?.[1] ?? []).sort();
  return { reconcile, read, blamed, reloads: () => reloads };
}

const withServer = (domain: string) =>
  new RegExp(`backend ${domain} from site\\n    server h1 127\\.0\\.0\\.1:80\\n`);

test('the offender of a refusal that names no site is found by halving, and all other changes apply', async (context) => {
  const { reconcile, read, blamed } = await start(context, (text) => withServer('bad\\d\\.test').test(text));
  const names = ['a.test', 'bad1.test', 'b.test', 'c.test', 'bad2.test', 'd.test', 'e.test'];
  assert.equal(await reconcile(desire(...names.map((name) => site(name)))), 'done');
  assert.deepEqual(blamed(), ['bad1.test', 'bad2.test']);
  for (const name of names) {
    assert.equal(withServer(name).test(await read()), !name.startsWith('bad'), name);
  }
});

test('if HAProxy refuses everything, no site is blamed, and the loop ends', async (context) => {
  const { reconcile, blamed, reloads } = await start(context, () => true);
  assert.equal(await reconcile(desire(site('a.test'), site('b.test'))), 'refused');
  assert.equal(await reconcile(desire(site('a.test'), site('c.test'))), 'refused');
  assert.deepEqual(blamed(), []);
  assert.ok(reloads() <= 4, `${reloads()} reloads`);
});

test('a temporary refusal leaves no site in quarantine', async (context) => {
  const { reconcile, read, blamed } = await start(context, (_, reload) => reload < 4);
  const desired = desire(site('a.test'), site('b.test'));
  for (let tries = 0; (await reconcile(desired)) === 'refused'; tries++) assert.ok(tries < 4);
  assert.deepEqual(blamed(), []);
  assert.match(await read(), withServer('a.test'));
});

test('after failed commands to the worker, a refusal restores the accepted files', async (context) => {
  const { reconcile, read } = await start(context, (text) => text.includes(':8080'));
  assert.equal(await reconcile(desire(site('a.test'))), 'done');
  await reconcile(desire(site('a.test', 8080)));
  assert.doesNotMatch(await read(), /:8080/);
});
