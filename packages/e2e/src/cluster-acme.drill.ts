// Automatic certificates of a cluster of three hosts, from a CA that looks for every name at the second one. The tests follow
// on one another.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, type ClusterHost, startCluster } from './cluster-hosts.ts';
import { type ClusterManual, openManual, outOrAnother } from './cluster-manual.ts';
import { startClusterPebble } from './cluster-pebble.ts';
import { etcdctl } from './cluster-probes.ts';
import { killHost } from './cluster-trouble.ts';
import { repository } from './host.ts';
import { becomeOperator, type Operator } from './operator.ts';
import { run } from './run.ts';

const sites = ['acme-1.test', 'acme-2.test', 'acme-3.test'] as const;
let cluster: Cluster;
let operator: Operator;
let manual: ClusterManual;

before(async () => {
  cluster = await startCluster();
  operator = await becomeOperator(cluster);
  manual = openManual(cluster, operator, sites);
  await startClusterPebble(cluster);
  const [one, two, three] = cluster.hosts;
  // The second one first: it is where the CA looks, so that its edge knows the account by then.
  for (const host of [two, one, three]) {
    const said = await host.shell(
      `${repository}/scripts/setup.sh ${host.name} --operator operator@example.org`,
    );
    assert.match(said, /Turning on automatic certificates/);
  }
});
after(async () => {
  await operator?.[Symbol.asyncDispose]();
  await cluster?.remove();
});

/** The certificate that a visitor of a site is shown at a host: its issuer and its fingerprint. */
async function shownAt({ ip }: ClusterHost, site: string): Promise<string> {
  const show =
    'openssl s_client -connect "$0:443" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -issuer -fingerprint';
  return (await run('bash', ['-c', show, ip, site])).stdout;
}

/** Waits until all of some hosts show the same certificate, with this in it. */
async function untilShown(hosts: readonly ClusterHost[], site: string, sign: RegExp): Promise<void> {
  await waitFor(
    `${site} to be shown everywhere`,
    async () => {
      const shown = await Promise.all(hosts.map((host) => shownAt(host, site)));
      return sign.test(shown[0] ?? '') && new Set(shown).size === 1;
    },
    { withinMs: 900_000, everyMs: 500 },
  );
}

const ordersOf = async (host: ClusterHost): Promise<number> =>
  Number(await host.shell('journalctl --unit pebble --output cat | grep --count "Added order"'));

test('sites of any host get certificates by one order each, and every host shows them', async (context) => {
  for (const [index, site] of sites.entries())
    await cluster.hosts[index]?.shell(`${repository}/scripts/add-site.sh ${site}`);
  const added = Date.now();
  for (const site of sites) await untilShown(cluster.hosts, site, /Pebble/);
  context.diagnostic(`shown everywhere ${Date.now() - added} ms after the last site was added`);
  assert.equal(await ordersOf(cluster.hosts[0]), 3);
});

test('when the member that orders loses power in an order, another one continues the order, and the first has the certificate once it is back', async (context) => {
  const [one, two, three] = cluster.hosts;
  const before = await ordersOf(one);
  // By its own acme, and not by that of another member which is faster.
  for (const host of [one, two]) await host.shell('systemctl stop acme.path acme.timer');
  await three.shell('systemctl enable --quiet --now static@acme-4.test');
  await waitFor(
    'the order to be noted',
    async () =>
      (await three.tryExec('sh', '-c', 'journalctl --unit acme --output cat | grep "Ordered.*acme-4"'))
        .code === 0,
    { withinMs: 900_000, everyMs: 200 },
  );
  const startAgain = await killHost(three);
  const killed = Date.now();
  // The others take over once the lease of the lock has ended.
  assert.equal(await one.shell(`${etcdctl(one)} get --keys-only /certificates/acme-4.test`), '');
  for (const host of [one, two]) await host.shell('systemctl start acme.path acme.timer');
  await untilShown([one, two], 'acme-4.test', /Pebble/);
  context.diagnostic(`shown by the others ${Date.now() - killed} ms after the member was lost`);
  assert.equal(await ordersOf(one), before + 1);
  await startAgain();
  await untilShown(cluster.hosts, 'acme-4.test', /Pebble/);
});

test("a person's certificate is shown by every host within seconds, and stays", async (context) => {
  const [one] = cluster.hosts;
  const { certificate, key } = await issueCertificate({
    commonName: sites[0],
    extensions: [`subjectAltName=DNS:${sites[0]}`],
  });
  const installed = Date.now();
  await one.shell(`cat >/data/domains/${sites[0]}/TLS/${sites[0]}.pem <<'END'\n${certificate}${key}END`);
  await untilShown(cluster.hosts, sites[0], new RegExp(`CN ?= ?${sites[0]}`));
  context.diagnostic(`shown everywhere ${Date.now() - installed} ms after it was installed`);
});

test('etcd contains no key, and after the removal of a host nothing that its key can decrypt', async () => {
  const [one, two, three] = cluster.hosts;
  const keyOf = (host: ClusterHost) =>
    host.shell('head -n 1 /etc/freehold/certificate-keys | cut -d " " -f 1');
  const values = () => one.shell(`${etcdctl(one)} get --prefix /certificates/ --print-value-only`);
  assert.doesNotMatch(await values(), /PRIVATE/);
  const before = await keyOf(three);
  await operator.does(
    manual.section(outOrAnother).block('scripts/cluster/dismiss.sh').split('\n')[0] as string,
  );
  await three.shell('systemctl disable --now etcd acme.timer acme.path');
  await manual.refresh(1, 2);
  assert.notEqual(await keyOf(one), before);
  assert.equal(
    (await readFile(join(cluster.keys, 'certificate-keys'), 'utf8')).split(' ')[0],
    await keyOf(two),
  );
  await waitFor('all to be encrypted again', async () => !(await values()).includes(`1.${before}-`), {
    withinMs: 900_000,
  });
  await one.shell(`${repository}/scripts/add-site.sh acme-late.test`);
  await untilShown([one, two], 'acme-late.test', /Pebble/);
});
