// scripts/host/hold-for-deploy.sh: a server is deployed to by one control machine at a time, and not while a site moves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const script = join(import.meta.dirname, '../../../scripts/host/hold-for-deploy.sh');

/** The script with its locks in a temporary folder, as deploy.sh sends it. */
async function prepare() {
  const { path, remove } = await temporaryFolder();
  // 5 s is how long a lock that is just looked at is waited for.
  const moved = (await readFile(script, 'utf8'))
    .replaceAll('/run/', `${path}/`)
    .replaceAll('--timeout 5', '--timeout 0');
  const hold = (who: string) =>
    spawn('bash', ['-c', moved, 'hold-for-deploy', who], { stdio: ['pipe', 'pipe', 'pipe'] });
  const refusal = async (who: string) => {
    const refused = hold(who);
    const [said, [code]] = await Promise.all([text(refused.stderr), once(refused, 'close')]);
    return { said, code };
  };
  return { path, hold, refusal, [Symbol.asyncDispose]: remove };
}

test('a second control machine is refused with the name of the first, until that one is done or gone', async () => {
  await using server = await prepare();
  for (const end of ['is done', 'is gone']) {
    const first = server.hold('ann@one');
    assert.equal(String((await once(first.stdout, 'data'))[0]), 'held\n');
    const { said, code } = await server.refusal('bob@two');
    assert.equal(code, 1, end);
    assert.match(said, /^Cannot deploy to this server: ann@one is deploying to it\.$/m);
    const closed = once(first, 'close');
    if (end === 'is done') first.stdin.end();
    else first.kill('SIGKILL');
    await closed;
  }
});

test('while a site is being moved, nobody deploys', async () => {
  await using server = await prepare();
  const file = join(server.path, 'freehold-moving-a.test.run');
  await writeFile(file, 'ann@one, since today\n');
  const free = server.hold('bob@two');
  assert.equal(String((await once(free.stdout, 'data'))[0]), 'held\n', 'of a move that has ended');
  const ended = once(free, 'close');
  free.stdin.end();
  await ended;
  const moving = spawn('flock', [file, 'sh', '-c', 'echo; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(moving.stdout, 'data');
  const { said, code } = await server.refusal('bob@two');
  const closed = once(moving, 'close');
  moving.stdin.end();
  await closed;
  assert.equal(code, 1);
  assert.match(
    said,
    /^Cannot deploy to this server: a\.test is being moved by ann@one, since today\. Run this again/m,
  );
});
