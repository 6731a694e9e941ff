import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import type { Cluster } from './cluster-hosts.ts';
import { failuresOf } from './cluster-load.ts';
import { addressAt, ask } from './cluster-probes.ts';
import { own, shared, startClusterWithSites, underLoad, untilWhole } from './cluster-sites.ts';
import { killHost } from './cluster-trouble.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startClusterWithSites();
});
after(() => cluster?.remove());

test('any host answers for any site, and a name is unknown only if no host has it', async () => {
  await untilWhole(cluster);
  for (const { ip } of cluster.hosts) assert.equal(await ask(ip, 'nobody.test'), '404');
});

test('a killed host takes only its own sites offline; its shared sites stay available', async (context) => {
  const [one, two, three] = cluster.hosts;
  const tally = await underLoad(context, [one, two], async () => {
    const start = await killHost(three);
    const killed = Date.now();
    await waitFor('it to be out of use', async () => !(await addressAt(one, own[2])));
    context.diagnostic(`its address is out of use after ${Date.now() - killed} ms`);
    await start();
    await untilWhole(cluster);
  });
  for (const site of own.slice(0, 2)) assert.equal(failuresOf(tally, site), 0, site);
  assert.ok(failuresOf(tally, shared) <= 4, 'a shared site lost hardly a request');
});

test('from a site of any host, neither etcd nor the connections between the hosts can be reached', async () => {
  const [one, two] = cluster.hosts;
  const reach = `pid=$(docker inspect --format '{{.State.Pid}}' static_${own[0]})
    exec nsenter --target "$pid" --net timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"`;
  const { code: edge } = await one.tryExec('bash', '-c', reach, 'bash', one.ip, '80');
  assert.equal(edge, 0, 'the probe works: it reaches the edge');
  for (const { ip } of [one, two]) {
    for (const port of [2379, 2380, 2381]) {
      const { code } = await one.tryExec('bash', '-c', reach, 'bash', ip, String(port));
      assert.notEqual(code, 0, `${ip}:${port}`);
    }
  }
});
