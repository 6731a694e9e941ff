// Hosts that are cut off, restarted, out of disk or without their etcd: the others serve what they can, and
// the cluster recovers afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import type { Cluster, ClusterHost } from './cluster-hosts.ts';
import { failuresOf } from './cluster-load.ts';
import { addressAt, ask, askInside, etcdctl } from './cluster-probes.ts';
import { own, shared, siteRecords, startClusterWithSites, underLoad, untilWhole } from './cluster-sites.ts';
import { cutOff, leaderOf, restartAll, restartSite } from './cluster-trouble.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startClusterWithSites();
});
after(() => cluster?.remove());

test('a host that is cut off serves its own sites, the others serve theirs, and the cluster recovers afterwards', async (context) => {
  const [one, two, three] = cluster.hosts;
  const tally = await underLoad(context, [one, three], async () => {
    await cutOff(two, async () => {
      await waitFor('it to be out of use', async () => !(await addressAt(one, own[1])));
      await waitFor('its own site', async () => (await askInside(two, own[1])) === '200');
      await waitFor('a shared site', async () => (await askInside(two, shared)) === '200');
    });
    await untilWhole(cluster);
  });
  for (const site of [own[0], own[2]]) assert.equal(failuresOf(tally, site), 0, site);
  assert.ok(failuresOf(tally, shared) <= 4, 'a shared site lost hardly a request');
});

test("with etcd's leader cut off, the others elect another one and accept changes", async (context) => {
  const lost = await leaderOf(cluster.hosts);
  const [changed, other] = cluster.hosts.filter((host) => host !== lost) as [ClusterHost, ClusterHost];
  const siteOf = (host: ClusterHost) => own[cluster.hosts.indexOf(host)] as string;
  const tally = await underLoad(context, [changed, other], async () => {
    await cutOff(lost, async () => {
      await waitFor('it to be out of use', async () => !(await addressAt(other, siteOf(lost))));
      await restartSite(changed, siteOf(changed));
      await waitFor('the change to be known', async () => (await ask(other.ip, siteOf(changed))) === '200');
      assert.notEqual((await leaderOf(cluster.hosts, changed)).name, lost.name);
    });
    await untilWhole(cluster);
  });
  assert.equal(failuresOf(tally, siteOf(other)), 0);
});

test('restarted all at once, the hosts form one cluster again and serve every site', async (context) => {
  const before = await siteRecords(cluster);
  await underLoad(context, cluster.hosts, async (load) => {
    await restartAll(cluster.hosts);
    await untilWhole(cluster);
    const asked = load.tally().asked;
    await waitFor('more visits', () => load.tally().asked > asked + 100);
  });
  const known = (words: string) => words.split('\n').filter((line) => line.startsWith('/services/'));
  assert.deepEqual(known(await siteRecords(cluster)), known(before));
});

test('a host whose disk is full has an etcd that fails, but keeps serving and being served by the others', async (context) => {
  const [one, two, three] = cluster.hosts;
  const folder = '/var/lib/etcd/default';
  const tally = await underLoad(context, cluster.hosts, async () => {
    // Its etcd is on a small separate disk, so that the machine's is not filled.
    await two.shell(`systemctl stop etcd; cp -a ${folder} /root/etcd; mount -t tmpfs -o size=260m,mode=700,uid=$(id -u etcd) none ${folder}
      cp -a /root/etcd/. ${folder}/; systemctl start etcd`);
    try {
      const begun = await two.shell('date +%s');
      await two.tryExec('sh', '-c', `cat /dev/zero >${folder}/filler`);
      // Its database has preallocated 16 MB of the disk.
      const big = 'head -c 900000 /dev/urandom | base64 --wrap=0';
      const filler = `${etcdctl(one)} put /services/static/filler.test/${one.name}`;
      await one.shell(`for n in $(seq 40); do ${big} | ${filler} >/dev/null || true; done`);
      await one.shell(filler.replace(' put ', ' del '));
      await waitFor('its etcd to fail', async () =>
        (await two.shell(`journalctl --unit etcd --since @${begun}`)).includes('no space left on device'),
      );
      await restartSite(three, own[2]);
      await untilWhole(cluster);
    } finally {
      await two.shell(`systemctl stop etcd; rm -f ${folder}/filler; cp -a ${folder}/. /root/etcd/; umount ${folder}
        cp -a /root/etcd/. ${folder}/; rm -r /root/etcd; systemctl reset-failed etcd; systemctl start etcd`);
    }
    await untilWhole(cluster);
  });
  for (const site of [own[0], own[1], shared]) assert.equal(failuresOf(tally, site), 0, site);
});

test('with one etcd stopped, its host follows changes through another one', async (context) => {
  const [one, , three] = cluster.hosts;
  const tally = await underLoad(context, cluster.hosts, async () => {
    await one.shell('systemctl stop etcd');
    await three.shell(`systemctl stop static@${own[2]}`);
    await waitFor('the stop to be known', async () => !(await addressAt(one, own[2])));
    await three.shell(`systemctl start static@${own[2]}`);
    await waitFor('the start to be known', () => addressAt(one, own[2]));
    await one.shell('systemctl start etcd');
    await untilWhole(cluster);
  });
  for (const site of [own[0], own[1], shared]) assert.equal(failuresOf(tally, site), 0, site);
});

test('with two etcds stopped, every host keeps serving its last known state, and nothing is lost', async (context) => {
  const [one, two] = cluster.hosts;
  const before = await siteRecords(cluster);
  const tally = await underLoad(context, cluster.hosts, async (load) => {
    await Promise.all([one.shell('systemctl stop etcd'), two.shell('systemctl stop etcd')]);
    const asked = load.tally().asked;
    // More than twice the duration of a host's lease.
    await waitFor('15 s of visits', () => load.tally().asked > asked + 15 * 10 * 24 * 0.8);
    await Promise.all([one.shell('systemctl start etcd'), two.shell('systemctl start etcd')]);
    await untilWhole(cluster);
  });
  assert.equal(tally.failed.size, 0, 'no request failed');
  assert.deepEqual(await siteRecords(cluster), before);
  await restartSite(two, own[1]);
  await untilWhole(cluster);
});
