// A server is backed up, and another one has again what it had: all of it, or one site. packages/cli/src/restore tests each
// interruption of a restore, packages/cli/src/restore-server.test.ts what the control machine refuses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { blog, bodyAt, off, pages, pictureOf, pulled, removeSites, startSites } from './backed-up-sites.ts';
import {
  ensureDeployed,
  fromControlMachine,
  onControlMachine,
  onServer,
  servers,
  startServers,
} from './servers.ts';

const [first, second, third] = servers;
const folder = '/tmp/backups';
let file: string;

before(async () => {
  await startServers();
  await ensureDeployed();
  await fromControlMachine(`rm -rf ${folder}; mkdir -p ${folder}`);
  await startSites(second);
});
after(removeSites);

/** What there was when it was backed up. */
let whole: Awaited<ReturnType<typeof pictureOf>>;

test('a backup is one file that only its owner reads', async () => {
  whole = await pictureOf(second);
  const said = await fromControlMachine(`./back-up.sh ${second} --to ${folder}`);
  assert.match(said, /: .*d2\.freehold\.test-\d{8}-\d{6}\.tar\.gz: [0-9.]+[kM]?B, sites: 4/);
  file = await fromControlMachine(`ls -d ${folder}/*`).then((text) => text.trim());
  assert.match(await fromControlMachine(`stat --format %a ${file}`), /^600$/m);
  const listed = await fromControlMachine(`./restore.sh ${file} --list`);
  assert.equal(listed, `wordpress ${blog}\n- ${off}\nstatic ${pages}\nstatic-git ${pulled}\n`);
});

test('one site comes back on another server, with its mail and nothing else', async () => {
  await fromControlMachine(`./restore.sh ${third} ${file} ${pages}`);
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
  const none = await onControlMachine(`./restore.sh ${third} ${file} nobody.test`);
  assert.equal(none.code, 1);
  assert.match(none.stdout + none.stderr, /The backup does not contain the site nobody.test/);
});

test('all of it comes back on a server that has none of it', async () => {
  const said = await fromControlMachine(`./restore.sh ${first} ${file}`);
  assert.match(said, /The restore is complete/);
  const waiting = 'cd /data/import; ls -d "$@" 2>/dev/null || true; systemctl is-enabled "static@$1" || true';
  assert.equal(await onServer(first, waiting, off, pages, blog, pulled), `${off}\ndisabled`);
  await waitFor('what it was', async () => {
    assert.deepEqual(await pictureOf(first), whole);
    return true;
  });
  assert.equal(await onServer(first, 'ls /data/restoring/begun'), '');
});
