// A server is backed up, is lost, is set up again, and has everything that it had, although its restore was interrupted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { off, pictureOf, removeSites, startSites } from './backed-up-sites.ts';
import {
  ensureDeployed,
  fromJumpBox,
  onJumpBox,
  onServer,
  replaceServer,
  servers,
  startServers,
} from './servers.ts';

const lost = servers[1];
const folder = '/tmp/backups-of-the-lost';

before(async () => {
  await startServers();
  await ensureDeployed();
  await startSites(lost);
});
after(async () => {
  await removeSites();
  await fromJumpBox(`rm -rf ${folder}`);
});

test('a lost server is set up again, and has everything again', async (context) => {
  const whole = await pictureOf(lost);
  await fromJumpBox(`mkdir -p ${folder}; ./back-up.sh ${lost} --to ${folder}`);
  const file = (await fromJumpBox(`ls -d ${folder}/*`)).trim();
  await replaceServer(lost);
  await fromJumpBox(`./deploy.sh ${lost} --no-build`);
  const restoring = `./restore.sh ${lost} ${file}`;
  const begun = Date.now();
  // Cut off in the middle, and run again.
  const cut = await onJumpBox(`${restoring} 2>&1 | sed -u '/Served/q'`);
  await waitFor(
    'the first run to end',
    async () => (await onServer(lost, 'pgrep --full host/[r]estore.sh || true')) === '',
  );
  const said = cut.stdout + (await fromJumpBox(restoring));
  context.diagnostic(`It took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  assert.match(
    await onServer(lost, `ls /data/import; systemctl is-enabled static@${off} || true`),
    new RegExp(`^${off}\ndisabled$`),
  );
  assert.match(said, /The restore is complete/);
  await waitFor('what it was', async () => {
    assert.deepEqual(await pictureOf(lost), whole);
    return true;
  });
  assert.equal(await onServer(lost, 'ls /data/restoring/begun'), '');
});
