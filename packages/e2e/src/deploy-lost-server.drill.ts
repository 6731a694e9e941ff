// A server is backed up, is lost, is set up again, and has everything that it had, although its restore was interrupted.
// Further restores overwrite nothing, on it and on others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { bodyAt, off, pages, pictureOf, pulled, removeSites, sites, startSites } from './backed-up-sites.ts';
import {
  ensureDeployed,
  fromControlMachine,
  onControlMachine,
  onServer,
  replaceServer,
  servers,
  startServers,
} from './servers.ts';

const [other, lost] = servers;
const folder = '/tmp/backups-of-the-lost';
let file: string;

before(async () => {
  await startServers();
  await ensureDeployed();
  await startSites(lost);
});
after(async () => {
  await removeSites();
  await fromControlMachine(`rm -rf ${folder}`);
});

test('a lost server is set up again, and has everything again', async (context) => {
  const whole = await pictureOf(lost);
  await fromControlMachine(`mkdir -p ${folder}; ./back-up.sh ${lost} --to ${folder}`);
  file = (await fromControlMachine(`ls -d ${folder}/*`)).trim();
  await replaceServer(lost);
  await fromControlMachine(`./deploy.sh ${lost} --no-build`);
  const restoring = `./restore.sh ${lost} ${file}`;
  const begun = Date.now();
  // Cut off in the middle, and run again.
  const cut = await onControlMachine(`${restoring} 2>&1 | sed -u '/Served/q'`);
  await waitFor(
    'the first run to end',
    async () => (await onServer(lost, 'pgrep --full [r]estore-backup || true')) === '',
  );
  const said = cut.stdout + (await fromControlMachine(restoring));
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

test('a second restore overwrites nothing, and reports what differs', async () => {
  await onServer(
    lost,
    `echo '<p>changed since</p>' >/data/domains/${pages}/static/www-content/index.html; systemctl start static@${off}
     /opt/freehold/scripts/mail.sh add info@${pages} other@elsewhere.invalid >/dev/null`,
  );
  const said = await fromControlMachine(`./restore.sh ${lost} ${file}`);
  for (const site of sites)
    assert.match(said, new RegExp(`${site} exists on this host already and was not changed`));
  assert.match(said, /info@pages-b.test is forwarded to .*other@elsewhere.invalid.* on this host, not to/);
  assert.equal(await bodyAt(lost, pages, 'https'), '<p>changed since</p>');
});

test('a site that lives on another server of the list is not restored', async () => {
  const list = `printf '%s\\n' ${other} ${lost} >/tmp/servers-b; export FREEHOLD_SERVERS=/tmp/servers-b`;
  const command = `./restore.sh ${other} ${file} ${pages} ${pulled}`;
  const predicted = await fromControlMachine(`${list}; ${command} --dry-run`);
  const { code, stdout } = await onControlMachine(`${list}; ${command}`);
  assert.equal(code, 1);
  for (const site of [pages, pulled]) {
    assert.match(predicted, new RegExp(`${site} would not be restored: it lives on d2\\.freehold\\.test\\.`));
    assert.match(stdout, new RegExp(`${site} is not restored: it lives on d2\\.freehold\\.test\\.`));
  }
  assert.equal(
    await onServer(other, `ls -A /data/domains /data/import | grep -c -e ${pages} -e ${pulled} || true`),
    '0',
  );
});

test('a backup with invalid names, or with settings of other units, changes nothing of the host', async () => {
  await fromControlMachine(
    `cd /tmp; rm -rf evil; mkdir -p evil/backup/units/evil.test evil/domains/evil.test/static/www-content evil/import
     mkdir evil/backup/units/evil.test/ssh.service.d; echo '[Service]' >evil/backup/units/evil.test/ssh.service.d/x.conf
     printf '%s\\n' 'static ../../etc' 'static evil.test' >evil/backup/sites; : >evil/backup/mail; : >evil/backup/dumped; : >evil/backup/undumped
     : >evil/backup/host.env; : >evil/.whole; tar -C evil -czf evil.tar.gz backup domains import .whole`,
  );
  const { code, stdout, stderr } = await onControlMachine(`./restore.sh ${other} /tmp/evil.tar.gz`);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /a site with an invalid name: '..\/..\/etc'/);
  assert.match(stdout + stderr, /is not a setting of a unit of evil.test/);
  const left =
    '/data/restoring/tree /data/restoring/begun/* /etc/systemd/system/ssh.service.d /data/import/*';
  assert.equal(await onServer(other, `ls -d ${left} 2>/dev/null || true`), '');
});
