// An ACME CA for tests on the first host of a cluster, at its private address. Every name leads to the second host.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { type Cluster, sure } from './cluster-hosts.ts';

const folder = '/etc/freehold/acme-test';

/**
 * Starts it (Debian package pebble, installed here), and has host.env of every host lead there. It takes up to half a minute
 * before it validates a name, as a CA may.
 */
export async function startClusterPebble({ hosts }: Cluster): Promise<void> {
  const [one, two] = hosts;
  const { certificate, key } = await issueCertificate({
    commonName: 'pebble',
    extensions: [`subjectAltName=IP:${one.ip}`],
  });
  const config = {
    listenAddress: `${one.ip}:14000`,
    managementListenAddress: `${one.ip}:15000`,
    certificate: `${folder}/ca.pem`,
    privateKey: `${folder}/key.pem`,
    httpPort: 80,
    tlsPort: 5001,
  };
  const here = await mkdtemp(join(tmpdir(), 'freehold-pebble-'));
  try {
    await writeFile(join(here, 'ca.pem'), certificate);
    await writeFile(join(here, 'key.pem'), key);
    await writeFile(join(here, 'config.json'), JSON.stringify({ pebble: config }));
    for (const { name } of hosts) await sure('docker', 'cp', here, `${name}:${folder}`);
  } finally {
    await rm(here, { recursive: true });
  }
  for (const program of ['pebble', 'pebble-challtestsrv'])
    await sure(
      'docker',
      'cp',
      '--follow-link',
      `/usr/bin/${program}`,
      `${one.name}:/usr/local/bin/${program}`,
    );
  await one.shell(`
    systemd-run --quiet --unit pebble-dns pebble-challtestsrv -dns01 ${one.ip}:8053 -management ${one.ip}:8055 \
      -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv6 '' -defaultIPv4 ${two.ip}
    systemd-run --quiet --unit pebble --setenv PEBBLE_VA_SLEEPTIME=30 \
      pebble -config ${folder}/config.json -dnsserver ${one.ip}:8053`);
  for (const host of hosts) {
    await host.shell(`echo 'FREEHOLD_ACME_DIRECTORY=https://${one.ip}:14000/dir
FREEHOLD_ACME_CA=${folder}/ca.pem
FREEHOLD_ACME_RESOLVERS=${one.ip}:8053' >>/etc/freehold/host.env`);
    const reached = `curl -fsS --cacert ${folder}/ca.pem https://${one.ip}:14000/dir`;
    await waitFor(
      `pebble to answer ${host.name}`,
      async () => (await host.tryExec('sh', '-c', reached)).code === 0,
    );
  }
}
