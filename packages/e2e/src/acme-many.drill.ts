// 200 sites of one domain at once on a whole host, of which the CA's limits allow 50 in a week, while acme is killed again
// and again. The sites are stopped, so they cost a folder and a record each; the CA validates them through HAProxy.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { sleep } from '@freehold/core/backoff';
import { waitFor } from '@freehold/testing/wait-for';
import { acmeUnits, removeCa, setUp, startCa } from './acme-host.ts';
import { exec, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const registered = 'many-c.test';
const budget = 50;
const namesOf = (prefix: string) =>
  Array.from({ length: 100 }, (_, index) => `${prefix}${String(index).padStart(3, '0')}.${registered}`);
/** Those that come first are the last ones by the alphabet. */
const [earlier, later] = [namesOf('z'), namesOf('a')];

before(async () => {
  await startCa();
  await setUp('--operator', 'operator@example.org');
});
after(async () => {
  await tryExec(['sh', '-c', `rm -rf /data/domains/*.${registered}`]);
  await shell(
    `etcdctl get --prefix --keys-only /services/static/ | grep -F ".$1/" | xargs -rn 1 etcdctl del >/dev/null`,
    registered,
  );
  await removeCa([]);
});

/** Folders and records of stopped sites, as they are when each has been announced once. */
async function addStopped(domains: readonly string[]): Promise<void> {
  await shell(
    `host=$(sed -n s/^FREEHOLD_HOST=//p /etc/freehold/host.env) boot=$(tr -d - </proc/sys/kernel/random/boot_id)
     for domain in "$@"; do
       mkdir -p "/data/domains/$domain/static/www-content"
       etcdctl put "/services/static/$domain/$host" "{\\"boot\\":\\"$boot\\"}" >/dev/null
     done`,
    ...domains,
  );
  const last = domains.at(-1) as string;
  await waitFor(
    'the edge to know them',
    async () => (await shell(`grep -c "^$1 " /data/runtime/haproxy/hosts.map || true`, last)) === '1',
  );
}

/** Has acme run until it ends, or is killed after so many milliseconds; tells whether it was killed. */
async function runFor(ms: number): Promise<boolean> {
  await shell('rm -f /data/acme/next');
  let isOver = false;
  const run = tryExec(['systemctl', 'start', 'acme']).then(() => {
    isOver = true;
  });
  await Promise.race([run, sleep(ms)]);
  let killed = false;
  const kill = 'docker ps --quiet --filter ancestor=freehold/acme | xargs -r docker kill --signal KILL';
  while (!isOver) {
    // It may not have started yet.
    killed = (await tryExec(['sh', '-c', kill])).stdout !== '' || killed;
    await Promise.race([run, sleep(100)]);
  }
  return killed;
}

const withCertificate = async () =>
  (
    await shell(
      `cd /data/domains; ls */TLS/*.pem 2>/dev/null | cut -d / -f 1 | grep -F ".$1" | sort || true`,
      registered,
    )
  )
    .split('\n')
    .filter(Boolean);

const countAtCa = async (line: string) =>
  Number(await shell('journalctl --unit pebble --output cat | grep --count "$1" || true', line));

hostTest(
  'of 200 sites, the 50 that came first are served, although acme is killed at any moment',
  acmeUnits,
  async (context) => {
    const begun = Date.now();
    const before = await countAtCa('Added order');
    await addStopped(earlier);
    let kills = 0;
    // Until acme has seen them, which counts from then on.
    const isSeen = async () =>
      (await tryExec(['test', '-e', `/data/acme/sites/${earlier.at(-1)}.json`])).code === 0;
    for (let ms = 1000; !(await isSeen()); ms += 500) if (await runFor(ms)) kills++;
    await addStopped(later);
    for (let ms = 700; (await withCertificate()).length < budget; ms = ms > 6000 ? 700 : ms + 370)
      if (await runFor(ms)) kills++;
    while (await runFor(600_000)) kills++;
    const took = ((Date.now() - begun) / 1000).toFixed(0);
    const orders = (await countAtCa('Added order')) - before;
    context.diagnostic(`${budget} certificates, ${kills} kills and ${orders} orders in ${took} s`);
    assert.deepEqual(await withCertificate(), earlier.slice(0, budget));
    // A kill between the CA's answer and acme's own note of it costs an order; nothing else does.
    assert.ok(orders >= budget && orders <= budget + kills, `${orders} orders with ${kills} kills`);
    assert.equal(await countAtCa('set INVALID'), 0, 'no validation has failed');
  },
);

hostTest(
  'the others know their turn, in their order, and a further run makes no attempt',
  acmeUnits,
  async () => {
    const orders = await countAtCa('Added order');
    const rows: { domain: string; automatic: string }[] = JSON.parse(
      await exec(['freehold', 'cert', 'list', '--json']),
    );
    const automatic = new Map(rows.map((row) => [row.domain, row.automatic]));
    const turns = [...earlier.slice(budget), ...later].map((domain) => {
      const sentence = automatic.get(domain) ?? '';
      assert.match(
        sentence,
        /^There is no certificate yet\. It is ordered: \d{4}-.*because of the rate limits of the CA\.$/,
      );
      return /\d{4}-\S+(?=,)/.exec(sentence)?.[0] ?? '';
    });
    assert.deepEqual(turns, turns.toSorted());
    const soon = new Date(Date.now() + 6 * 86_400_000).toISOString();
    assert.ok((turns[0] ?? '') > soon, turns.join(' '));
    await shell('rm -f /data/acme/next; systemctl start acme');
    assert.equal(await countAtCa('Added order'), orders);
  },
);
