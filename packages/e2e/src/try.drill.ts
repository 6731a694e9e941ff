// The background work of scripts/try.sh, interrupted; try.test.ts has all of it once.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { run } from './run.ts';
import { assertShown, host, pageOf, tryScript } from './tried-host.ts';

after(() => tryScript('--down'));

test('try.sh continues after its background work was killed, and again takes seconds', async (context) => {
  await tryScript();
  await run('pkill', ['-KILL', '-f', `try/finish.sh ${host} `]);
  await assert.rejects(tryScript('--wait'), /has not finished. Run scripts\/try.sh to continue/);
  const began = Date.now();
  assertShown(await tryScript());
  context.diagnostic(`It took ${Date.now() - began} ms.`);
  assert.match(await tryScript('--wait'), /Ready: mail and these apps .* wordpress/);
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
});

test('try.sh --down ends the background work and removes all', async () => {
  await tryScript();
  assert.match(await tryScript('--down'), /\] Removed /);
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `name=^/${host}$`]);
  assert.equal(stdout, '');
  assert.equal((await run('pgrep', ['-f', `try/finish.sh ${host} `])).stdout, '');
});
