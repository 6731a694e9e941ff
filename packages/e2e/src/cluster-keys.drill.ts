// All keys of a cluster are changed, by the commands of docs/how-to/change-all-keys.md, because somebody else may control host 3, which
// runs on all the while. The tests follow on one another.
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, startCluster } from './cluster-hosts.ts';
import { describe, failuresOf, startLoad } from './cluster-load.ts';
import { type ClusterManual, openManual } from './cluster-manual.ts';
import { ask } from './cluster-probes.ts';
import { repository } from './host.ts';
import { becomeOperator, type Operator } from './operator.ts';
import { answersToKeys, stolen } from './stolen-keys.ts';

let cluster: Cluster;
let operator: Operator;
let manual: ClusterManual;
const heading = 'A host that somebody else may control';
const sites = ['keys-1.test', 'keys-2.test', 'keys-3.test'] as const;

/** How the other two answer to each key that host 3 has. */
async function answers(): Promise<[string, string][]> {
  const [one, two, three] = cluster.hosts;
  return [...(await answersToKeys(three, one, sites[0])), ...(await answersToKeys(three, two, sites[1]))];
}

const answersForSite3 = () => Promise.all(cluster.hosts.slice(0, 2).map(({ ip }) => ask(ip, sites[2])));

before(async () => {
  cluster = await startCluster();
  operator = await becomeOperator(cluster);
  manual = openManual(cluster, operator, sites);
  await Promise.all(
    sites.map((site, n) => cluster.hosts[n]?.shell(`${repository}/scripts/add-site.sh ${site}`)),
  );
});
after(async () => {
  await operator?.[Symbol.asyncDispose]();
  await cluster?.remove();
  if (cluster) await rm(`${cluster.keys}.old`, { recursive: true, force: true });
});

test('before, the keys open every host, and a mail forward is set', async () => {
  await operator.does(`scp -rp ${cluster.keys}/users/operator ${manual.nameOf(1)}:/root/operator`);
  await operator.does(`scp -rp ${cluster.keys}/users/root ${manual.nameOf(3)}:${stolen}`);
  const make = manual.section('From a control machine').block('scripts/deploy/make-cluster.sh');
  await operator.does(`${make.trim()} --keys ${cluster.keys}`);
  await manual.onHost(1, 'scripts/mail.sh --as /root/operator add info@keys.test me@elsewhere.test');
  await manual.untilServed([1, 2, 3], [1, 2, 3]);
  for (const [key, answer] of await answers()) assert.equal(answer, 'taken', key);
});

test("by the page's commands the other two become a cluster with new keys and all former data", async (context) => {
  const page = manual.section(heading);
  const before = await manual.held();
  assert.match(before, /\/mail\/keys\.test\/info/);
  const load = startLoad(cluster.hosts.slice(0, 2), sites.slice(0, 2));
  try {
    const dismissal = page.block('scripts/cluster/dismiss.sh');
    const [exported] = dismissal.split('\n');
    await operator.does(dismissal);
    await manual.onHost(1, manual.section('A lost majority').block('echo ETCD_FORCE_NEW_CLUSTER'));
    await operator.does(`${exported}\n${page.block('mv KEYS KEYS.old')}`);
    await operator.does(`${exported}\n${page.block('scripts/cluster/admit.sh KEYS h2')}`);
    await manual.untilServed([1, 2], [1, 2]);
  } finally {
    context.diagnostic(describe(await load.stop()));
  }
  for (const n of [0, 1] as const) {
    assert.equal(failuresOf(load.tally(), sites[n], cluster.hosts[n].name), 0, `${sites[n]} at its own host`);
  }
  assert.equal(await manual.held(), before.replace(`${manual.nameOf(3)}\n`, ''));
  for (const number of [1, 2] as const) {
    const status = await manual.onHost(number, manual.section('Every day').command('Is all well?'));
    assert.equal(status.match(/https:/g)?.length, 2, status);
    assert.match(await manual.onHost(number, 'scripts/mail.sh list'), /info@keys\.test/);
  }
});

test('the old keys open nothing any more, and nobody asks the host that has them', async () => {
  for (const [key, answer] of await answers()) assert.match(answer, /alert/, key);
  await waitFor('it to be forgotten', async () => (await answersForSite3()).join() === '404,404');
});

test('what the page looks at in the end names no host that is gone', async () => {
  const page = manual.section(heading);
  const seen = await operator.does(page.block('scripts/cluster/etcdctl.sh --as'));
  assert.ok(seen.includes(manual.nameOf(2)) && seen.includes('/mail/keys.test/info'), seen);
  assert.ok(!seen.includes(manual.nameOf(3)), seen);
});

test('a deploy would put the new keys in place, and not the old ones', async () => {
  const page = manual.section(heading);
  const file = '/etc/freehold/deployed/cluster/client/ca.pem';
  const sent = ([1, 2] as const).map(
    (number) => `ssh ${manual.nameOf(number)} cat ${file} | cmp - ${cluster.keys}/ca/clients/ca.pem`,
  );
  for (const command of sent) assert.equal((await operator.tries(command)).code, 1);
  await operator.does(page.block('scripts/deploy/make-cluster.sh'));
  for (const command of sent) await operator.does(command);
  assert.deepEqual(await readdir(`${operator.folder}/.config/freehold/hosts/${manual.nameOf(3)}`), []);
  for (const [key, answer] of await answers()) assert.match(answer, /alert/, key);
  await manual.untilServed([1, 2], [1, 2]);
  await operator.does(page.command('Once all is well'));
});
