// The life of a cluster by the commands of docs/how-to/run-a-cluster.md and its neighbours, as they stand there. The tests follow on one another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, startCluster } from './cluster-hosts.ts';
import { describe, startLoad } from './cluster-load.ts';
import { type ClusterManual, type HostNumber, openManual, outOrAnother } from './cluster-manual.ts';
import { ask, etcdctl } from './cluster-probes.ts';
import { killHost } from './cluster-trouble.ts';
import { repository } from './host.ts';
import { becomeOperator, type Operator } from './operator.ts';

let cluster: Cluster;
let operator: Operator;
let manual: ClusterManual;
/** What starts the hosts again that were killed. */
let revive: (() => Promise<void>)[] = [];
const sites = ['care-1.test', 'care-2.test', 'care-3.test'] as const;
const route = 'info@care.test';

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
});

test('every day, an operator sees members, hosts and sites, and sets a mail forward for all', async () => {
  const everyDay = manual.section('Every day');
  const status = await manual.onHost(1, everyDay.command('Is all well?'));
  assert.equal(status.match(/https:/g)?.length, 3, status);
  assert.equal(status.match(/\| +true \| +false \|/g)?.length, 1, `one leader: ${status}`);
  await manual.untilServed([1, 2, 3], [1, 2, 3]);
  const alive = await manual.onHost(2, everyDay.command('Which hosts are alive?'));
  const records = await manual.onHost(3, everyDay.command('Which sites are where?'));
  for (const number of [1, 2, 3] as const) {
    assert.ok(alive.includes(`/hosts/${manual.nameOf(number)}`), alive);
    assert.ok(records.includes(`/services/static/${sites[number - 1]}/${manual.nameOf(number)}`), records);
  }
  await operator.does(`scp -rp ${cluster.keys}/users/operator ${manual.nameOf(2)}:/root/operator`);
  const add = everyDay.command('Add a mail forward').replace('FOLDER', '/root/operator');
  await manual.onHost(2, `${add.replace('info@example.com', route)}; rm -r /root/operator`);
  for (const number of [1, 3] as const) {
    const known = async () => (await manual.onHost(number, 'scripts/mail.sh list')).includes(route);
    await waitFor(`the route at ${number}`, known);
  }
});

test('the certificates of a member are looked at, and said when they end soon', async () => {
  const check = manual.section('Every day').command('Do its certificates expire soon?');
  const said = await manual.onHost(1, check);
  for (const what of ['etcd server', 'etcd peer', 'client', 'hop']) {
    assert.match(said, new RegExp(`^cluster ${what}: valid for 7[23][0-9] more days\\.$`, 'm'));
  }
  const { code, stdout } = await cluster.hosts[0].tryExec('sh', '-c', `${repository}/${check} --days 100000`);
  assert.equal(code, 1);
  assert.equal(stdout.match(/WRONG: it expires in 7[23][0-9] days/g)?.length, 4, stdout);
});

test('certificates are renewed at every host and no visitor notices', async (context) => {
  const load = startLoad(cluster.hosts, sites);
  const show = '{ openssl s_client -connect "$at" </dev/null 2>&1 || true; } | openssl x509 -noout -serial';
  const shown = (number: HostNumber, port: number) =>
    manual.onHost(number, `at=${manual.ipOf(number)}:${port}; ${show}`);
  try {
    for (const number of [1, 2, 3] as const) {
      const before = [await shown(number, 2379), await shown(number, 2380), await shown(number, 2381)];
      const block = manual.section('Certificates', [number]).block('scripts/cluster/make-authority.sh');
      assert.match(block, /issue\.sh .*# each host/);
      await operator.does(block.replace('# each host', '--renew'));
      for (const [index, port] of [2379, 2380, 2381].entries()) {
        const isNew = async () => (await shown(number, port)) !== before[index];
        await waitFor(`another certificate at ${port}`, isNew);
      }
    }
    await manual.untilServed([1, 2, 3], [1, 2, 3]);
  } finally {
    context.diagnostic(describe(await load.stop()));
  }
  assert.equal(load.tally().failed.size, 0);
});

test('a symbolic link at the path of a key does not mislead root, and a removed firewall rule comes back', async () => {
  const folder = '/data/runtime/haproxy';
  await manual.onHost(1, `echo mine >/root/mine; ln -s /root/mine ${folder}/.hop.pem; iptables -t mangle -F`);
  await operator.does(
    `scripts/cluster/issue.sh ${cluster.keys} ${manual.nameOf(1)} ${manual.ipOf(1)} --renew`,
  );
  await manual.refresh(1);
  assert.equal(await manual.onHost(1, 'cat /root/mine'), 'mine');
  const rules = await manual.onHost(1, `rm ${folder}/.hop.pem; iptables -t mangle -S PREROUTING`);
  assert.match(rules, /2379:2381 -j DROP/);
  assert.equal(rules.match(/169\.254\.0\.0\/16 .*-j DROP/g)?.length, 2, rules);
});

test('a removed host has no access any more, and its records are gone', async () => {
  const out = manual.section(outOrAnother);
  await operator.does(out.block('scripts/cluster/dismiss.sh').split('\n')[0] as string);
  const get = `${etcdctl(cluster.hosts[2]).replace(manual.ipOf(3), manual.ipOf(1))} get --prefix /mail/`;
  const { code, stderr } = await cluster.hosts[2].tryExec('sh', '-c', get);
  assert.notEqual(code, 0);
  assert.match(stderr, /user name not found|permission denied|authentication failed/);
  await manual.onHost(3, `${out.block('systemctl disable')}systemctl disable --now static@${sites[2]}`);
  await manual.refresh(1, 2);
  for (const number of [1, 2] as const) {
    assert.ok(!(await manual.onHost(number, 'cat /etc/freehold/host.env')).includes(cluster.hosts[2].ip));
  }
  const left = await manual.onHost(1, manual.section('Every day').command('Which sites are where?'));
  assert.ok(!left.includes(manual.nameOf(3)) && left.includes(manual.nameOf(2)), left);
  await manual.untilServed([1, 2], [1, 2]);
  assert.equal(await ask(cluster.hosts[0].ip, sites[2]), '404');
});

test('a new host with the same name gets certificates and becomes a member, and all hosts serve its sites', async () => {
  await manual.bringBack(3, true);
  await manual.onHost(3, `systemctl enable --now static@${sites[2]}`);
  await manual.refresh(1, 2);
  await manual.untilServed([1, 2, 3], [1, 2, 3]);
});

test('a member that has lost its data comes back, and so do the records of its sites', async () => {
  const lose = 'systemctl kill --signal KILL etcd; systemctl stop etcd; rm -r /var/lib/etcd/default';
  await manual.onHost(2, lose);
  await manual.bringBack(2);
  await manual.untilServed([1, 2, 3], [1, 2, 3]);
  const status = await manual.onHost(1, manual.section('Every day').command('Is all well?'));
  assert.equal(status.match(/https:/g)?.length, 3, status);
});

/** Users of hosts that are gone are taken away. */
const withoutLost = (words: string) =>
  words.replace(`${manual.nameOf(2)}\n`, '').replace(`${manual.nameOf(3)}\n`, '');

test('with two of three hosts gone for good, the third continues as a cluster of one with forwards and users', async () => {
  const before = await manual.held();
  assert.match(before, new RegExp(`${manual.nameOf(3)}`));
  await operator.does(manual.section('Backup and restore of etcd').block('scripts/cluster/etcdctl.sh'));
  revive = await Promise.all([killHost(cluster.hosts[1]), killHost(cluster.hosts[2])]);
  const lost = manual.section('A lost majority');
  await manual.onHost(1, lost.block('echo ETCD_FORCE_NEW_CLUSTER'));
  await operator.does(lost.block('export FREEHOLD_ETCD'));
  await manual.refresh(1);
  assert.equal(await manual.held(), withoutLost(before));
  await manual.untilServed([1], [1]);
  const status = await manual.onHost(1, manual.section('Every day').command('Is all well?'));
  assert.equal(status.match(/https:/g)?.length, 1, status);
});

test('the snapshot is restored with its routes and users', async () => {
  await operator.does(`scp etcd.snapshot ${manual.nameOf(1)}:/root`);
  const restore = manual.section('A lost majority').block('ETCDCTL_API=3 etcdctl snapshot restore');
  await manual.onHost(1, `cd /root; ${restore}`);
  const restored = await waitFor('etcd to answer', manual.held);
  assert.match(restored, /\/mail\/care\.test\/info/);
  assert.match(restored, new RegExp(manual.nameOf(3)));
  const gone = manual.section('A lost majority').command('A host that was removed after the snapshot');
  await operator.does(`${gone}; ${gone.replace(manual.nameOf(3), manual.nameOf(2))}`);
  assert.doesNotMatch(await manual.held(), new RegExp(manual.nameOf(3)));
});

test('etcd that is full says so, and takes entries again once it has room', async () => {
  const set = (bytes: number) => `s/^ETCD_QUOTA_BACKEND_BYTES=.*/ETCD_QUOTA_BACKEND_BYTES=${bytes}/`;
  const quota = (bytes: number) =>
    manual.onHost(1, `sed -i '${set(bytes)}' /etc/default/etcd; systemctl restart etcd`);
  const put = `${etcdctl(cluster.hosts[0])} put /services/static/full.test/${manual.nameOf(1)} '{}'`;
  await quota(1);
  await waitFor('the alarm', async () => {
    const { stderr } = await cluster.hosts[0].tryExec('sh', '-c', put);
    return stderr.includes('database space exceeded');
  });
  await quota(1073741824);
  await waitFor('etcd to answer', manual.held);
  assert.match((await cluster.hosts[0].tryExec('sh', '-c', put)).stderr, /database space exceeded/);
  const block = manual.section('Etcd is full').block('scripts/cluster/etcdctl.sh');
  await operator.does(block);
  assert.equal(await operator.does(block.trim().split('\n').at(-1) as string), '');
  await manual.onHost(1, `${put}; ${put.replace(' put ', ' del ').replace("'{}'", '')}`);
});

test('a host becomes a member through a tunnel if there is no other connection', async () => {
  await revive[0]?.();
  await operator.does(`scripts/cluster/issue.sh ${cluster.keys} ${manual.nameOf(2)} ${cluster.hosts[1].ip}`);
  await manual.onHost(2, 'systemctl stop etcd; rm -rf /var/lib/etcd/default');
  const tunnel = manual.section('Without access to the private network').block('ssh -N -L');
  // Port 2379 may be in use here.
  const here = tunnel.replace('-L 2379:', '-L 23791:').replace('127.0.0.1:2379 s', '127.0.0.1:23791 s');
  const [open, admit] = here.trim().split('\n');
  const untilOpen = 'until (: >/dev/tcp/127.0.0.1/23791) 2>/dev/null; do sleep 0.1; done';
  await operator.does(`${open}\ntrap 'kill %1' EXIT; ${untilOpen}\n${admit}`);
  await manual.refresh(2);
  await manual.onHost(2, "systemctl try-restart 'discovery@*'");
  await manual.refresh(1);
  await manual.untilServed([1, 2], [1, 2]);
});
