// A dump is complete at every moment, whatever happens during its creation.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { openSession, type Session } from './browser-session.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import type { Outcome } from './run.ts';
import {
  logIn,
  removeWordpress,
  startWordpress,
  titles,
  unitsOf,
  untilAnswered,
  type Writer,
} from './wordpress-sites.ts';

const site = 'dumped-blog.test';
const units = [...unitsOf(site), `dump@${site}`];
const folder = `/data/domains/${site}/mysql`;
const dump = `${folder}/dump.sql`;
/** In whole seconds. */
const begun = Math.floor(Date.now() / 1000);
let session: Session;
let writer: Writer;

before(async () => {
  session = await startWordpress(site);
  writer = await logIn(openSession(site));
});
after(() => removeWordpress(site));

const inDatabase = (query: string) =>
  exec(['docker', 'exec', `mysql_${site}`, 'mariadb', '-N', 'wordpress', '-e', query]);
const dumpSite = () => tryExec([`${repository}/scripts/dump-site.sh`, site]);
const checksum = () => exec(['sha256sum', dump]);
const files = () => shell('ls -A "$1"', folder);
const commandLines = () => shell('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " || true');

/** Starts a dump that waits for a table, until `release` is called. */
async function startHeldDump(): Promise<{ dumped: Promise<Outcome>; release: () => Promise<void> }> {
  const hold = 'LOCK TABLES wp_posts WRITE; SELECT SLEEP(120)';
  await exec(['docker', 'exec', '--detach', `mysql_${site}`, 'mariadb', 'wordpress', '-e', hold]);
  const holder = "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(120)'";
  const id = await waitFor('the lock', async () => (await inDatabase(holder)) || false);
  const dumped = tryExec(['systemctl', 'start', `dump@${site}`]);
  const waiting = "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%'";
  await waitFor('the dump to wait', async () => (await inDatabase(waiting)) !== '');
  return { dumped, release: () => inDatabase(`KILL ${id}`).then(() => undefined) };
}

hostTest(
  'it is created while the site runs, without a secret on a command line or in the log',
  units,
  async () => {
    await writer.post('In the dump', 'text');
    const secret = await shell('sed -n "s/^MYSQL_PASS=//p" "/data/domains/$1/mysql/.env"', site);
    const { dumped, release } = await startHeldDump();
    const seen = await commandLines();
    assert.match(seen, /mariadb-dump/, 'it is visible');
    assert.ok(!seen.includes(secret));
    assert.match((await dumpSite()).stderr, /Another dump of dumped-blog\.test is in progress/);
    assert.equal(await files(), '.dump.sql.new\n.env');
    await release();
    assert.equal((await dumped).code, 0);
    assert.match(await exec(['tail', '-n', '1', dump]), /^-- Dump completed/);
    assert.match(await exec(['grep', '-c', 'In the dump', dump]), /^[1-9]/);
    assert.equal(await exec(['stat', '-c', '%u:%g %a', dump]), '0:10004 640');
    assert.equal(await files(), '.env\ndump.sql');
    assert.ok(!(await exec(['journalctl', '--no-pager', `--since=@${begun}`])).includes(secret));
    assert.equal(
      (await tryExec(['systemctl', 'is-enabled', `dump@${site}.timer`])).stdout.trim(),
      'disabled',
    );
  },
);

hostTest('a killed dump leaves the previous one, and the next is complete', units, async () => {
  const before = await checksum();
  const { dumped, release } = await startHeldDump();
  await exec(['systemctl', 'kill', '--signal', 'KILL', `dump@${site}`]);
  assert.notEqual((await dumped).code, 0);
  await release();
  assert.equal(await checksum(), before);
  assert.equal((await dumpSite()).code, 0);
  assert.equal(await files(), '.env\ndump.sql');
});

hostTest('a database that crashes during the dump leaves the previous one', units, async () => {
  const before = await checksum();
  const { dumped } = await startHeldDump();
  await exec(['docker', 'kill', '--signal', 'KILL', `mysql_${site}`]);
  assert.notEqual((await dumped).code, 0);
  assert.equal(await checksum(), before);
  assert.equal(await files(), '.env\ndump.sql');
  await waitFor('the site', async () => (await titles(session)).includes('In the dump'));
});

hostTest('a full disk leaves the previous one', units, async () => {
  await shell('mount -t tmpfs -o size=64k tmpfs "$1" && echo before >"$1/dump.sql"', folder);
  try {
    const { code, stderr } = await dumpSite();
    assert.equal(code, 1);
    assert.match(stderr, /was not dumped[\s\S]*The previous dump is unchanged/);
    assert.equal(await files(), 'dump.sql');
    assert.equal(await exec(['cat', dump]), 'before');
  } finally {
    await exec(['umount', folder]);
  }
});

hostTest('a stopped site is dumped too, with its last post, and stays stopped', units, async () => {
  await writer.post('The last one', 'text');
  await exec(['systemctl', 'stop', `wordpress@${site}`]);
  const { code, stderr } = await dumpSite();
  assert.equal(code, 0, stderr);
  assert.match(await exec(['grep', '-c', 'The last one', dump]), /^[1-9]/);
  for (const unit of unitsOf(site)) {
    const state = await exec(['systemctl', 'show', '--property=ActiveState', '--value', unit]);
    assert.equal(state, 'inactive', unit);
  }
  await exec(['systemctl', 'start', `wordpress@${site}`]);
  assert.ok((await titles(await untilAnswered(site))).includes('The last one'));
});
