// A WordPress moves between members of one cluster, each of which serves it all along; and what happens when that fails.
// After deployed-cluster.drill.ts, whose servers it takes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { openSession, type Session } from './browser-session.ts';
import {
  describeFailures,
  type Failure,
  longestGap,
  putCertificate,
  startMembers,
  startReaders,
} from './members.ts';
import { moveSteps } from './moved-site.ts';
import {
  fromControlMachine,
  onControlMachine,
  onServer,
  removeServers,
  type Server,
  servers,
  startOnControlMachine,
} from './servers.ts';
import { logIn, loginOf, titles, untilAnswered } from './wordpress-sites.ts';

const [first, second, third] = servers;
const blog = 'blog-members.test';
/** What each of its pages has, its title. */
const title = `<title>${blog}`;
let addresses: Map<Server, string>;
/** A visitor whom DNS has led to a member. */
const visitor = (server: Server): Session => openSession(blog, () => [addresses.get(server) ?? '', 443]);

before(async () => {
  addresses = await startMembers();
  // What an earlier run has left, where servers are kept.
  const remove =
    '/opt/freehold/scripts/remove-site.sh "$1" --delete-data >/dev/null; rm -rf "/data/moved/$1"* "/data/moving/$1"';
  for (const server of servers) await onServer(server, remove, blog);
  await fromControlMachine(`./add-site.sh ${first} ${blog} --app wordpress`);
  const { certificate, key } = await makeCertificate([blog, `www.${blog}`]);
  await fromControlMachine(
    `printf '%s' "$1" >/tmp/${blog}.pem; ./approve-certs.sh ${first} /tmp/${blog}.pem`,
    certificate + key,
  );
  for (const server of [second, third]) await putCertificate(server, blog, certificate + key);
  await untilAnswered(blog, () => [addresses.get(third) ?? '', 443]);
});
after(async () => {
  if (!process.env.FREEHOLD_E2E_KEEP) await removeServers();
});

/** The move, and when its pause began and ended. */
async function move(from: Server, to: Server): Promise<{ said: string; began: number; ended: number }> {
  const stamp = 'while IFS= read -r line; do echo "$EPOCHREALTIME $line"; done';
  const said = await fromControlMachine(`./move-site.sh ${blog} ${from} ${to} 2>&1 | ${stamp}`);
  const at = (sentence: string) =>
    Number(
      said
        .split('\n')
        .find((line) => line.includes(sentence))
        ?.split(' ')[0],
    ) * 1000;
  return { said, began: at('Stopping'), ended: at('is served by') };
}

/** Publishes one post after the other at a member; gives the titles that WordPress acknowledged. */
function startWriter(writer: Awaited<ReturnType<typeof logIn>>, of: string): { stop(): Promise<string[]> } {
  let running = true;
  const writing = (async () => {
    const acknowledged: string[] = [];
    for (let n = 1; running; n += 1) {
      const name = `Post ${n} of ${of}`;
      if (await writer.post(name, 'ünïcode 🚚').catch(() => undefined)) acknowledged.push(name);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return acknowledged;
  })();
  return {
    stop() {
      running = false;
      return writing;
    },
  };
}

const loginAt = (server: Server) => loginOf(blog, (text, ...args) => onServer(server, text, ...args));
const served = async (server: Server) => (await visitor(server).fetch('/')).text.includes(title);
const hasData = (server: Server) =>
  onServer(server, 'ls -d /data/*/"$1" /data/domains/"$1" 2>/dev/null || true', blog);

/** Hosts that have a record of the site. */
const announcedBy = async () =>
  (
    await onServer(
      third,
      '/opt/freehold/scripts/cluster/etcdctl.sh get --prefix --keys-only /services/wordpress/',
    )
  )
    .split('\n')
    .filter((key) => key.includes(`/${blog}/`))
    .map((key) => key.split('/')[4]);

test('members serve a WordPress before, after and, but for its pause, while it moves', async (context) => {
  await fromControlMachine(
    `tar -C ~/.config/freehold/cluster/users -c operator | ssh ${first} 'umask 077; tar -x -C /root'
     ssh ${first} /opt/freehold/scripts/mail.sh --as /root/operator add info@${blog} me@elsewhere.invalid
     ssh ${first} rm -r /root/operator`,
  );
  const restarted = startReaders(addresses, blog, title);
  await onServer(first, 'systemctl restart "wordpress@$1"', blog);
  await waitFor('the site to be read again', () => served(third));
  const restart = await restarted.stop();

  const readers = startReaders(addresses, blog, title);
  const writer = startWriter(await logIn(visitor(third), await loginAt(first)), 'the move');
  const { said, began, ended } = await move(first, second);
  // What a member does not know a second later it does not know.
  await waitFor('a second to pass', () => Date.now() > ended + 1000);
  const [{ read, failures }, acknowledged] = [await readers.stop(), await writer.stop()];

  context.diagnostic(`${said.match(/is served by.*/)?.[0]}; ${acknowledged.length} posts were acknowledged.`);
  context.diagnostic(
    `Nobody read for ${longestGap(failures)} ms; at a restart: ${longestGap(restart.failures)} ms.`,
  );
  context.diagnostic(`${read} read; failed in the pause: ${describeFailures(failures, began, ended + 1000)}`);
  assert.equal(describeFailures(failures, 0, began), 'none', 'before the pause');
  assert.equal(describeFailures(failures, ended + 1000, Infinity), 'none', 'after the pause');
  assert.ok(onlyRefused(failures), JSON.stringify(failures));
  for (const server of servers) assert.ok(await served(server), server);
  const there = await titles(visitor(first));
  assert.deepEqual(
    acknowledged.filter((post) => !there.includes(post)),
    [],
  );
  assert.ok(acknowledged.length > 5);
});

/** What a visitor may meet in the pause: 503, or an end to what was under way. Never another page. */
const onlyRefused = (failures: readonly Failure[]) =>
  failures.every(({ what }) => ['503', 'ECONNRESET'].includes(what));

test('its mail, its login and its place in etcd are as they were, and the member it left has nothing to forget', async () => {
  for (const server of servers)
    assert.match(
      await onServer(server, '/opt/freehold/scripts/mail.sh list; cat /data/runtime/postfix/forwards'),
      new RegExp(`info@${blog}`),
    );
  assert.ok(
    (await (await logIn(visitor(first), await loginAt(second))).post('Written where it was', 'by the hop'))
      .id,
  );
  assert.deepEqual(await announcedBy(), [second]);
  assert.equal(await onServer(second, 'systemctl is-enabled "wordpress@$1"', blog), 'enabled');
  assert.match(
    await fromControlMachine(`./move-site.sh ${blog} ${first} ${second} --forget`),
    /still proxies to it/,
  );
  for (const server of servers) {
    await onServer(server, 'ls "/data/runtime/haproxy/approved-certs/$1.pem"', blog);
    assert.ok(await served(server), server);
  }
});

test('if the new host has no room, the site stays where it is and no reader notices', async () => {
  await onServer(
    first,
    'mkdir -p /data/moving; mount -t tmpfs -o size=1m none /data/moving; rm -rf /data/moved',
  );
  const readers = startReaders(addresses, blog, title);
  try {
    const { code, stderr } = await onControlMachine(`./move-site.sh ${blog} ${second} ${first}`);
    assert.equal(code, 1);
    assert.match(stderr, /No space left[\s\S]*(still runs|restarts) at/);
  } finally {
    await onServer(first, 'umount /data/moving');
  }
  assert.deepEqual((await readers.stop()).failures, []);
  assert.deepEqual(await announcedBy(), [second]);
});

test('after a move that was interrupted in its pause, the incomplete copy serves nobody, and the site restarts and can be moved', async () => {
  const begun = await startOnControlMachine(`./move-site.sh ${blog} ${second} ${first} --pause 5`);
  await waitFor('the pause', async () => (await begun.said()).includes('Stopping'), { everyMs: 20 });
  await waitFor('the site to be stopped', async () => !(await served(third)), { everyMs: 20 });
  await begun.cutOff();
  await waitFor('the site to be read again', () => served(third));
  assert.deepEqual(await announcedBy(), [second]);
  const { id } = await (await logIn(visitor(third), await loginAt(second))).post(
    'Written after a move was cut off',
    'and kept',
  );
  assert.ok(id);
  await move(second, first);
  assert.ok((await titles(visitor(second))).includes('Written after a move was cut off'));
  assert.deepEqual(await announcedBy(), [first]);
  assert.equal(await hasData(second), `/data/moved/${blog}`);
});

test('a move that was interrupted between giving up and announcing the site is finished by the next run', async () => {
  await fromControlMachine(
    `${moveSteps}
     domain=${blog} from=${first} to=${third}
     read -r kilobytes status mariadb known_by <<<"$(at_from describe)"
     at_to begin wordpress "$status" $known_by </dev/null; copy
     at_from copy-last 60 | at_to take-over; at_from give`,
  );
  assert.ok(!(await served(first)) && !(await served(second)), 'nobody has announced it');
  const elsewhere = await onControlMachine(`./move-site.sh ${blog} ${first} ${second}`);
  assert.match(elsewhere.stderr, /was moved from \S+, but not to/);
  assert.match(
    await fromControlMachine(`./move-site.sh ${blog} ${first} ${third}`),
    /every member of the cluster serves it/,
  );
  for (const server of servers) assert.ok(await served(server), server);
  assert.deepEqual(await announcedBy(), [third]);
});
