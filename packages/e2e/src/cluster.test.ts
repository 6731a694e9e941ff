import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, type ClusterHost, startCluster } from './cluster-hosts.ts';
import { describe, failuresOf, type Load, startLoad, type Tally } from './cluster-load.ts';
import { addressAt, ask, askInside, etcdctl } from './cluster-probes.ts';
import { cutOff, killHost, leaderOf, restartAll, restartSite } from './cluster-trouble.ts';
import { repository } from './host.ts';

let cluster: Cluster;
/** Sites by the host that they are on; the last one is on the second and the third. */
const own = ['on-1.test', 'on-2.test', 'on-3.test'] as const;
const shared = 'shared.test';
const sites = [...own, shared];

before(async () => {
  cluster = await startCluster();
  const [one, two, three] = cluster.hosts;
  await Promise.all([addSites(one, own[0]), addSites(two, own[1], shared), addSites(three, own[2], shared)]);
});
after(() => cluster?.remove());

test('any host answers for any site, and only where no host has a name it is unknown', async () => {
  await untilWhole();
  for (const { ip } of cluster.hosts) assert.equal(await ask(ip, 'nobody.test'), '404');
});

test('a host that is killed takes along only what it alone has; its shared sites go on', async (context) => {
  const [one, two, three] = cluster.hosts;
  const tally = await under(context, [one, two], async () => {
    const start = await killHost(three);
    const killed = Date.now();
    await waitFor('it to be out of use', async () => !(await addressAt(one, own[2])), { withinMs: 15_000 });
    context.diagnostic(`its address is out of use after ${Date.now() - killed} ms`);
    assert.ok(Date.now() - killed < 10_000, 'within 10 s');
    await start();
    await untilWhole();
  });
  for (const site of own.slice(0, 2)) assert.equal(failuresOf(tally, site), 0, site);
  assert.ok(failuresOf(tally, shared) <= 4, 'a shared site lost hardly a request');
});

test('a host that is cut off serves its own sites, the others serve theirs, and it is one again after', async (context) => {
  const [one, two, three] = cluster.hosts;
  const tally = await under(context, [one, three], async () => {
    await cutOff(two, async () => {
      await waitFor('it to be out of use', async () => !(await addressAt(one, own[1])), { withinMs: 20_000 });
      await waitFor('its own site', async () => (await askInside(two, own[1])) === '200');
      await waitFor('a shared site', async () => (await askInside(two, shared)) === '200');
    });
    await untilWhole();
  });
  for (const site of [own[0], own[2]]) assert.equal(failuresOf(tally, site), 0, site);
  assert.ok(failuresOf(tally, shared) <= 4, 'a shared site lost hardly a request');
});

test('with the leader of etcd cut off, the others agree on another one and on what changes', async (context) => {
  const lost = await leaderOf(cluster.hosts);
  const [changed, other] = cluster.hosts.filter((host) => host !== lost) as [ClusterHost, ClusterHost];
  const siteOf = (host: ClusterHost) => own[cluster.hosts.indexOf(host)] as string;
  const tally = await under(context, [changed, other], async () => {
    await cutOff(lost, async () => {
      await waitFor('it to be out of use', async () => !(await addressAt(other, siteOf(lost))), {
        withinMs: 20_000,
      });
      await restartSite(changed, siteOf(changed));
      await waitFor('the change to be known', async () => (await ask(other.ip, siteOf(changed))) === '200');
      assert.notEqual((await leaderOf(cluster.hosts, changed)).name, lost.name);
    });
    await untilWhole();
  });
  assert.equal(failuresOf(tally, siteOf(other)), 0);
});

test('restarted all at once, the hosts are one cluster again and serve every site', async (context) => {
  const before = await records();
  await under(context, cluster.hosts, async (load) => {
    await restartAll(cluster.hosts);
    await untilWhole();
    const asked = load.tally().asked;
    await waitFor('more visits', () => load.tally().asked > asked + 100);
  });
  const known = (words: string) => words.split('\n').filter((line) => line.startsWith('/services/'));
  assert.deepEqual(known(await records()), known(before));
});

test('a host whose disk is full has an etcd that fails, and goes on serving and being served by the others', async (context) => {
  const [one, two, three] = cluster.hosts;
  const folder = '/var/lib/etcd/default';
  const tally = await under(context, cluster.hosts, async () => {
    // Its etcd on a small disk of its own, so that the machine's is not filled.
    await two.shell(`systemctl stop etcd; cp -a ${folder} /root/etcd; mount -t tmpfs -o size=260m,mode=700,uid=$(id -u etcd) none ${folder}
      cp -a /root/etcd/. ${folder}/; systemctl start etcd`);
    try {
      const begun = await two.shell('date +%s');
      await two.tryExec('sh', '-c', `cat /dev/zero >${folder}/filler`);
      // Its database has got 16 MB of the disk in advance.
      const big = 'head -c 900000 /dev/urandom | base64 --wrap=0';
      const filler = `${etcdctl(one)} put /services/static/filler.test/${one.name}`;
      await one.shell(`for n in $(seq 40); do ${big} | ${filler} >/dev/null || true; done`);
      await one.shell(filler.replace(' put ', ' del '));
      await waitFor('its etcd to fail', async () =>
        (await two.shell(`journalctl --unit etcd --since @${begun}`)).includes('no space left on device'),
      );
      await restartSite(three, own[2]);
      await untilWhole();
    } finally {
      await two.shell(`systemctl stop etcd; rm -f ${folder}/filler; cp -a ${folder}/. /root/etcd/; umount ${folder}
        cp -a /root/etcd/. ${folder}/; rm -r /root/etcd; systemctl reset-failed etcd; systemctl start etcd`);
    }
    await untilWhole();
  });
  for (const site of [own[0], own[1], shared]) assert.equal(failuresOf(tally, site), 0, site);
});

test('with one etcd stopped, its host follows what changes by another one', async (context) => {
  const [one, , three] = cluster.hosts;
  const tally = await under(context, cluster.hosts, async () => {
    await one.shell('systemctl stop etcd');
    await three.shell(`systemctl stop static@${own[2]}`);
    await waitFor('the stop to be known', async () => !(await addressAt(one, own[2])));
    await three.shell(`systemctl start static@${own[2]}`);
    await waitFor('the start to be known', () => addressAt(one, own[2]));
    await one.shell('systemctl start etcd');
    await untilWhole();
  });
  for (const site of [own[0], own[1], shared]) assert.equal(failuresOf(tally, site), 0, site);
});

test('with two etcds stopped, every host goes on serving what it last knew, and nothing is lost', async (context) => {
  const [one, two] = cluster.hosts;
  const before = await records();
  const tally = await under(context, cluster.hosts, async (load) => {
    await Promise.all([one.shell('systemctl stop etcd'), two.shell('systemctl stop etcd')]);
    const asked = load.tally().asked;
    // More than twice as long as a host's lease.
    await waitFor('15 s of visits', () => load.tally().asked > asked + 15 * 10 * 24 * 0.8, {
      withinMs: 60_000,
    });
    await Promise.all([one.shell('systemctl start etcd'), two.shell('systemctl start etcd')]);
    await untilWhole();
  });
  assert.equal(tally.failed.size, 0, 'no request failed');
  assert.deepEqual(await records(), before);
  await restartSite(two, own[1]);
  await untilWhole();
});

test('from a site of any host, neither etcd nor the way between the hosts can be reached', async () => {
  const [one, two] = cluster.hosts;
  const reach = `pid=$(docker inspect --format '{{.State.Pid}}' static_${own[0]})
    exec nsenter --target "$pid" --net timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"`;
  const { code: edge } = await one.tryExec('bash', '-c', reach, 'bash', one.ip, '80');
  assert.equal(edge, 0, 'the probe can tell: the edge is reached');
  for (const { ip } of [one, two]) {
    for (const port of [2379, 2380, 2381]) {
      const { code } = await one.tryExec('bash', '-c', reach, 'bash', ip, String(port));
      assert.notEqual(code, 0, `${ip}:${port}`);
    }
  }
});

/** Does the work with visitors at some hosts, and says what failed. */
async function under(
  context: TestContext,
  hosts: readonly ClusterHost[],
  work: (load: Load) => Promise<void>,
): Promise<Tally> {
  const load = startLoad(hosts, sites);
  try {
    await waitFor('visits before', () => load.tally().asked > 100);
    await work(load);
  } finally {
    context.diagnostic(describe(await load.stop()));
  }
  return load.tally();
}

async function addSites(host: ClusterHost, ...domains: string[]): Promise<void> {
  for (const domain of domains) await host.shell(`${repository}/scripts/add-site.sh ${domain}`);
}

/** Every host answers for every site. */
async function untilWhole(): Promise<void> {
  for (const { name, ip } of cluster.hosts) {
    for (const site of sites) {
      await waitFor(`${site} at ${name}`, async () => (await ask(ip, site)) === '200', { withinMs: 60_000 });
    }
  }
}

/** What etcd holds of the sites. */
async function records(): Promise<string> {
  const [, , three] = cluster.hosts;
  return waitFor('etcd to answer', async () => three.shell(`${etcdctl(three)} get --prefix /services/`));
}
