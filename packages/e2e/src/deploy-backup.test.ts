// A server is backed up, and another one has again what it had: all of it, or one site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import {
  blog,
  bodyAt,
  off,
  pages,
  pictureOf,
  pulled,
  removeSites,
  sites,
  startSites,
} from './backed-up-sites.ts';
import { ensureDeployed, fromJumpBox, onJumpBox, onServer, servers, startServers } from './servers.ts';

const [first, second, third] = servers;
const folder = '/tmp/backups';
let file: string;

before(async () => {
  await startServers();
  await ensureDeployed();
  await fromJumpBox(`rm -rf ${folder}; mkdir -p ${folder}`);
  await startSites(second);
});
after(removeSites);

/** What there was when it was backed up. */
let whole: Awaited<ReturnType<typeof pictureOf>>;

test('a backup is one file that only its owner reads', async () => {
  whole = await pictureOf(second);
  const said = await fromJumpBox(`./back-up.sh ${second} --to ${folder}`);
  assert.match(said, /: .*d2\.freehold\.test-\d{8}-\d{6}\.tar\.gz: [0-9.]+[KM]?B, sites: 4/);
  file = await fromJumpBox(`ls -d ${folder}/*`).then((text) => text.trim());
  assert.match(await fromJumpBox(`stat --format %a ${file}`), /^600$/m);
  const listed = await fromJumpBox(`./restore.sh ${file} --list`);
  assert.equal(listed, `wordpress ${blog}\n- ${off}\nstatic ${pages}\nstatic-git ${pulled}\n`);
});

test('an interrupted backup is deleted, and a server that does not answer is reported', async () => {
  const { code, stdout } = await onJumpBox(
    `PATH=/tmp/cut:$PATH; mkdir -p /tmp/cut; printf '#!/bin/sh\\nexec /usr/bin/ssh "$@" | head -c 20000\\n' >/tmp/cut/ssh
     chmod +x /tmp/cut/ssh; ./back-up.sh ${second} nowhere.freehold.test --to ${folder}`,
  );
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`The backup of ${second} arrived incomplete`));
  assert.match(stdout, /The backup of nowhere.freehold.test arrived incomplete/);
  assert.equal(await fromJumpBox(`ls -A ${folder}`), `${file.split('/').at(-1)}\n`);
});

test('an incomplete backup, and one with invalid names, are refused', async () => {
  await fromJumpBox(
    `cd /tmp; head -c 10000 ${file} >cut.tar.gz; cp ${file} damaged.tar.gz
     printf x | dd of=damaged.tar.gz bs=1 seek=20000 conv=notrunc status=none; mkdir -p evil/backup; echo x >evil/no
     tar -czf none.tar.gz -C evil no`,
  );
  for (const name of ['cut', 'damaged', 'none']) {
    const { code, stderr } = await onJumpBox(`./restore.sh ${first} /tmp/${name}.tar.gz`);
    assert.equal(code, 1);
    assert.match(stderr, /is not a complete backup/);
  }
  await fromJumpBox(
    `cd /tmp; rm -rf evil; mkdir -p evil/backup/units/evil.test evil/domains/evil.test/static/www-content evil/import
     mkdir evil/backup/units/evil.test/ssh.service.d; echo '[Service]' >evil/backup/units/evil.test/ssh.service.d/x.conf
     printf '%s\\n' 'static ../../etc' 'static evil.test' >evil/backup/sites; : >evil/backup/mail; : >evil/backup/dumped; : >evil/backup/undumped
     : >evil/backup/host.env; : >evil/.whole; tar -C evil -czf evil.tar.gz backup domains import .whole`,
  );
  const { code, stdout, stderr } = await onJumpBox(`./restore.sh ${first} /tmp/evil.tar.gz`);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /a site with an invalid name: '..\/..\/etc'/);
  assert.match(stdout + stderr, /is not a setting of a unit of evil.test/);
  const left =
    'ls -d /data/restoring/tree /etc/systemd/system/ssh.service.d /data/import/* 2>/dev/null || true';
  assert.equal(await onServer(first, `rm -r /data/restoring/begun/evil.test; ${left}`), '');
});

test('a second restore overwrites nothing, and reports what differs', async () => {
  await onServer(
    second,
    `echo '<p>changed since</p>' >/data/domains/${pages}/static/www-content/index.html; systemctl start static@${off}
     /opt/freehold/scripts/mail.sh add info@${pages} other@elsewhere.invalid >/dev/null`,
  );
  const said = await fromJumpBox(`./restore.sh ${second} ${file}`);
  for (const site of sites)
    assert.match(said, new RegExp(`${site} exists on this host already and was not changed`));
  assert.match(said, /info@pages-b.test is forwarded to .*other@elsewhere.invalid.* on this host, not to/);
  assert.equal(await bodyAt(second, pages, 'https'), '<p>changed since</p>');
});

test('a site that lives on another server of the list is not restored', async () => {
  const list = `printf '%s\\n' ${first} ${second} >/tmp/servers-b; export FREEHOLD_SERVERS=/tmp/servers-b`;
  const { code, stdout } = await onJumpBox(`${list}; ./restore.sh ${first} ${file} ${pages} ${pulled}`);
  assert.equal(code, 1);
  for (const site of [pages, pulled])
    assert.match(stdout, new RegExp(`${site} is not restored: it lives on d2\\.freehold\\.test\\.`));
  assert.equal(
    await onServer(first, `ls -A /data/domains /data/import | grep -c -e ${pages} -e ${pulled} || true`),
    '0',
  );
  const away = await onJumpBox(
    `${list}; echo nowhere.freehold.test >>/tmp/servers-b; ./restore.sh ${first} ${file} ${pages}`,
  );
  assert.equal(away.code, 1);
  assert.match(away.stderr, /some servers did not answer, so it is unknown which sites they have/);
});

test('one site comes back on another server, with its mail and nothing else', async () => {
  await fromJumpBox(`./restore.sh ${third} ${file} ${pages}`);
  assert.equal(await bodyAt(third, pages, 'https'), whole.pages[0]);
  assert.equal(
    await onServer(third, `etcdctl get --prefix /mail/${pages}/`),
    `/mail/${pages}/info\n["me@elsewhere.invalid"]`,
  );
  assert.equal(
    await onServer(
      third,
      `ls -d /data/domains/${pulled} /data/runtime/postfix/destinations.local 2>/dev/null || true`,
    ),
    '',
  );
  const none = await onJumpBox(`./restore.sh ${third} ${file} nobody.test`);
  assert.equal(none.code, 1);
  assert.match(none.stdout + none.stderr, /The backup does not contain the site nobody.test/);
});

test('all of it comes back on a server that has none of it', async () => {
  const said = await fromJumpBox(`./restore.sh ${first} ${file}`);
  assert.match(said, /The restore is complete/);
  const waiting = 'cd /data/import; ls -d "$@" 2>/dev/null || true; systemctl is-enabled "static@$1" || true';
  assert.equal(await onServer(first, waiting, off, pages, blog, pulled), `${off}\ndisabled`);
  await waitFor('what it was', async () => {
    assert.deepEqual(await pictureOf(first), whole);
    return true;
  });
  assert.equal(await onServer(first, 'ls /data/restoring/begun'), '');
});
