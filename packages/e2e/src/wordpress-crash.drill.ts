// Whatever crashes during writes, acknowledged posts still exist afterwards.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setImmediate as breathe } from 'node:timers/promises';
import { waitFor } from '@freehold/testing/wait-for';
import { openSession } from './browser-session.ts';
import { exec, hostName, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { run } from './run.ts';
import {
  logIn,
  removeWordpress,
  startWordpress,
  titles,
  unitsOf,
  untilAnswered,
  type Writer,
} from './wordpress-sites.ts';

const site = 'crash-blog.test';
const units = unitsOf(site);

before(async () => {
  await startWordpress(site);
});
after(() => removeWordpress(site));

const ask = (query: string) =>
  exec(['docker', 'exec', `mysql_${site}`, 'mariadb', '-N', 'wordpress', '-e', query]);
const kill = (container: string) => exec(['docker', 'kill', '--signal', 'KILL', `${container}_${site}`]);
const startOf = (unit: string) =>
  exec(['systemctl', 'show', '--property=ExecMainStartTimestampMonotonic', '--value', `${unit}@${site}`]);

/** Writes posts one after the other, through failures, until it is stopped; returns the acknowledged ones. */
function startWriting(name: string, writer: Writer) {
  const acknowledged: string[] = [];
  const end = new AbortController();
  const written = (async () => {
    for (let number = 0; !end.signal.aborted; number += 1) {
      const title = `${name} ${number}`;
      await writer.post(title, 'x'.repeat(5000)).then(
        () => acknowledged.push(title),
        () => breathe(),
      );
    }
  })();
  return {
    acknowledged,
    end() {
      end.abort();
      return written;
    },
  };
}

const ends: [string, () => Promise<unknown>][] = [
  ['the database', () => kill('mysql')],
  ['WordPress', () => kill('wordpress')],
  ['the host', killHost],
];

async function killHost(): Promise<void> {
  assert.equal((await run('docker', ['kill', '--signal', 'KILL', hostName])).code, 0);
  assert.equal((await run('docker', ['start', hostName])).code, 0);
}

for (const [what, end] of ends) {
  hostTest(
    `no acknowledged post is lost when ${what} is killed in the middle of writes`,
    units,
    async (context) => {
      const writer = await logIn(openSession(site));
      const writing = startWriting(what, writer);
      const { acknowledged } = writing;
      const count = (wanted: number) =>
        waitFor(`${wanted} posts`, () => acknowledged.length >= wanted, { everyMs: 20 });
      try {
        await count(10);
        await end();
        const [died, had] = [performance.now(), acknowledged.length];
        await count(had + 10);
        context.diagnostic(
          `Ten more posts were written ${Math.round(performance.now() - died)} ms after the end`,
        );
      } finally {
        await writing.end();
      }
      const there = new Set(await titles(await untilAnswered(site)));
      assert.deepEqual(
        acknowledged.filter((title) => !there.has(title)),
        [],
      );
    },
  );
}

hostTest(
  'a killed database restarts and its site continues, and a killed site restarts with its database',
  units,
  async () => {
    const [database, wordpress] = [await startOf('mysql'), await startOf('wordpress')];
    await kill('mysql');
    await waitFor('the database', async () => (await startOf('mysql')) !== database, { everyMs: 50 });
    await untilAnswered(site);
    assert.equal(await startOf('wordpress'), wordpress);
    await kill('wordpress');
    await waitFor('WordPress', async () => (await startOf('wordpress')) !== wordpress, { everyMs: 50 });
    await untilAnswered(site);
  },
);

hostTest('a stopped site then stops its database, which has written everything to disk', units, async () => {
  const since = Math.floor(Date.now() / 1000);
  await exec(['systemctl', 'stop', `wordpress@${site}`]);
  await waitFor('the database to stop', async () => {
    const state = await exec(['systemctl', 'show', '--property=ActiveState', '--value', `mysql@${site}`]);
    return state === 'inactive';
  });
  const said = await shell(
    'journalctl --output cat --no-pager --since "@$2" --unit "wordpress@$1" --unit "mysql@$1"',
    site,
    String(since),
  );
  assert.match(said, /Stopped wordpress@[\s\S]*mariadbd: Shutdown complete/);
  await exec(['systemctl', 'start', `wordpress@${site}`]);
  await untilAnswered(site);
});

// A kill leaves writes in the kernel; these settings ensure that nothing is acknowledged before it is on
// disk.
hostTest('each commit is on disk before it is acknowledged', units, async () => {
  const safe = "'innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'innodb_flush_method'";
  assert.equal(
    await ask(`SHOW VARIABLES WHERE Variable_name IN (${safe})`),
    'innodb_doublewrite\tON\ninnodb_flush_log_at_trx_commit\t1\ninnodb_flush_method\tfsync',
  );
});

hostTest('a site that is removed during writes keeps each acknowledged post', units, async () => {
  const writing = startWriting('Removed', await logIn(openSession(site)));
  await waitFor('posts', () => writing.acknowledged.length >= 10, { everyMs: 20 });
  await exec([`${repository}/scripts/remove-site.sh`, site]);
  await writing.end();
  assert.equal(await shell('ls -d "/data/runtime/domains/$1" 2>/dev/null || true', site), '');
  await exec(['systemctl', 'enable', '--quiet', '--now', `wordpress@${site}`]);
  const there = new Set(await titles(await untilAnswered(site)));
  assert.deepEqual(
    writing.acknowledged.filter((title) => !there.has(title)),
    [],
  );
});

// The state that a killed container leaves (images/wordpress/php/install.php).
hostTest('an interrupted installation is repeated before anybody is served', units, async () => {
  await ask('CREATE TABLE freehold_installing (id INT); DROP TABLE wp_users; DELETE FROM wp_posts');
  await exec(['systemctl', 'restart', `wordpress@${site}`]);
  const visitor = await untilAnswered(site);
  assert.deepEqual(await titles(visitor), ['Hello world!']);
  await logIn(visitor);
  assert.doesNotMatch(await ask('SHOW TABLES'), /freehold_installing/);
});
