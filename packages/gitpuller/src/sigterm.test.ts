// SIGTERM while a remote hangs: the program and everything it started exit immediately.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentPort } from '@freehold/testing/silent-port';
import { waitFor } from '@freehold/testing/wait-for';
import { findProcessesOf } from './end-processes.ts';
import { findLeftovers, makeSite } from './site-under-test.ts';

for (const scheme of ['https', 'ssh']) {
  test(`SIGTERM ends a pull from a silent remote over ${scheme}, with its git and everything that git started.`, async (context) => {
    const site = await makeSite();
    await site.repository.commit({ 'index.html': 'one' });
    const { port, connected } = await silentPort(context);
    await site.write('GITURL', `${scheme}://127.0.0.1:${port}/x main`);
    const running = site.start();
    await connected;
    await waitFor('git to run', async () => (await findProcessesOf(site.path())).length > 0);
    running.child.kill('SIGTERM');
    const { code, lines } = await running.ended;
    assert.equal(code, 1);
    assert.match(lines.at(-1) ?? '', /^<3>Stopped by SIGTERM/);
    await waitFor('everything that it started to exit', async () => (await findLeftovers(site)).length === 0);
    await site.remove();
  });
}
