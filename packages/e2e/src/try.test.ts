// scripts/try.sh on this machine, with a name and ports of its own, so that the host that somebody tries things on is
// left alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { hostName, run } from './host.ts';

const host = `${hostName}-try`;
const ports = { FREEHOLD_TRY_HTTP: '20180', FREEHOLD_TRY_HTTPS: '20543', FREEHOLD_TRY_SMTP: '20125' };

after(() => tryScript('--down'));

/** Runs the script as somebody does who has no terminal, and gives what it printed; throws if it fails. */
async function tryScript(...args: string[]): Promise<string> {
  const script = join(import.meta.dirname, '../../../scripts/try.sh');
  const env = { ...process.env, ...ports, FREEHOLD_TRY_HOST: host, FREEHOLD_STARTED: '' };
  const child = spawn(script, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(child.exitCode ?? 0, 0, stdout + stderr);
  return stdout;
}

async function pageOf(name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const port = ports.FREEHOLD_TRY_HTTP;
  get({ host: '127.0.0.1', port, headers: { host: name } }, (answer) => resolve(text(answer))).on(
    'error',
    reject,
  );
  return promise;
}

function assertShown(printed: string): void {
  const [progress = '', next = ''] = printed.split('What to try next:');
  for (const line of progress.split('\n').slice(0, 3)) assert.match(line, /^\[ *\d+ s\] ./);
  assert.match(progress, /hello\.localhost/);
  for (const hint of [/http:\/\/hello\.localhost:20180\//, /systemctl status/, /systemctl stop/, /--down/])
    assert.match(next, hint);
}

test('try.sh ends with the page served and with what to try next; it can be run again; --down removes it all', async (context) => {
  await tryScript('--down');
  assertShown(await tryScript());
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
  const began = Date.now();
  assertShown(await tryScript());
  context.diagnostic(`The second run took ${Date.now() - began} ms.`);
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
  assert.match(await tryScript('--down'), /is gone/);
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `name=^/${host}$`]);
  assert.equal(stdout, '');
});
