import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage, untilStatus } from './fetch.ts';
import { etcdctl, exec, hostName, journal, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { domainsOf, markOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const [site = '', neighbour = '', late = ''] = domainsOf('sound', 3);
const units = ['haproxy-confd', 'haproxy'];
const folder = '/data/runtime/haproxy/approved-certs';

before(() => startSites([site, neighbour]));
after(() => removeSites([site, neighbour, late]));

const boot = () => exec(['cat', '/proc/sys/kernel/random/boot_id']);
const put = (key: string, value: string) => etcdctl(['put', '--', key], value);

/** Waits until confd's log contains each of these. */
async function untilNamed(parts: readonly string[], since: number): Promise<void> {
  for (const part of parts) {
    await waitFor(`the log to contain ${part}`, async () =>
      (await journal(['haproxy-confd'], since)).includes(part),
    );
  }
}

/** Everything is still served, and changes are too: a site restarts, another is new. */
async function proveLife(): Promise<void> {
  await using sampler = startSampler([neighbour]);
  await exec(['systemctl', 'restart', unitOf(site)]);
  await startSites([late]);
  await untilServed([site, neighbour, late]);
  await removeSites([late]);
  assert.deepEqual(strayAnswers(await sampler.stop(), ['own page']), []);
}

hostTest('malformed entries in etcd are each logged, and no other site is affected', units, async () => {
  const since = Date.now();
  const record = { ip: '172.30.0.99', port: 80, boot: await boot() };
  const entries: Record<string, string> = {
    '/services/static/bad-json.test/h1': '{"ip":"172.30.0.99","port":',
    '/services/static/bad-address.test/h1': JSON.stringify({
      ...record,
      ip: '172.30.0.99\n    server evil 10.0.0.1:80\nfrontend evil\n    bind :8888',
    }),
    '/services/static/bad-port-0.test/h1': JSON.stringify({ ...record, port: 0 }),
    '/services/static/bad-port-70000.test/h1': JSON.stringify({ ...record, port: 70000 }),
    '/services/static/bad"quote.test/h1': JSON.stringify(record),
    '/services/static/bad space.test/h1': JSON.stringify(record),
    '/services/static/bad-size.test/h1': JSON.stringify({ ...record, boot: 'a'.repeat(1_000_000) }),
    '/services/static/bad-host.test/h1 check addr 10.0.0.1': JSON.stringify(record),
  };
  try {
    for (const [key, value] of Object.entries(entries)) await put(key, value);
    await untilNamed(
      [
        'bad-json',
        'bad-address',
        'bad-port-0',
        'bad-port-70000',
        'bad"quote',
        'bad space',
        'bad-size',
        'bad-host',
      ],
      since,
    );
    await proveLife();
    const written = await shell('cat /data/runtime/haproxy/{haproxy.cfg,hosts.map,crt-list}');
    // Not just 'bad', which a SHA-256 may contain.
    assert.doesNotMatch(written, /evil|8888|bad[-" ]/);
    assert.equal((await fetchPage('bad-json.test')).status, 404);
  } finally {
    await etcdctl(['del', '--prefix', '/services/static/bad']);
  }
});

hostTest(
  'a site whose own record is corrupted manually gets 404 or 503, and its page again with the next announcement',
  units,
  async () => {
    const since = Date.now();
    await put(`/services/static/${site}/${hostName}`, 'not JSON');
    await untilNamed([`/services/static/${site}/`], since);
    await waitFor('the page to be gone', async () => [404, 503].includes((await fetchPage(site)).status));
    await exec(['systemctl', 'restart', unitOf(site)]);
    await untilServed([site, neighbour]);
  },
);

hostTest('invalid certificates are each logged, and their sites are served without them', units, async () => {
  const since = Date.now();
  const [one, two] = [await makeCertificate([site]), await makeCertificate([site])];
  const pems: Record<string, string> = {
    [site]: one.certificate + two.key,
    'bad-empty.test': '',
    'bad-text.test': '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n',
    'bad-name.test': one.certificate + one.key,
  };
  const write = (domain: string, pem: string) =>
    exec(['sh', '-c', 'cat >"$0"', `${folder}/${domain}.pem`], pem);
  try {
    for (const [domain, pem] of Object.entries(pems)) await write(domain, pem);
    await untilNamed(
      Object.keys(pems).map((domain) => `${folder}/${domain}.pem`),
      since,
    );
    assert.equal((await fetchPage(site)).body.trim(), markOf(site));
    await proveLife();
    await write(site, one.certificate + one.key);
    await untilStatus(site, 301);
  } finally {
    await shell(`rm -f ${folder}/${site}.pem ${folder}/bad-*.pem`);
  }
  await untilServed([site]);
});
