// Automatic certificates on a whole host, from pebble, an ACME CA for tests that runs on the host too: every name leads to
// 127.0.0.1, where the CA finds HAProxy on port 80.
import { readFile } from 'node:fs/promises';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, repository, shell, tryExec } from './host.ts';

const folder = '/etc/freehold/acme-test';

/** The units that have a part in it. */
export const acmeUnits = ['acme', 'acme@*', 'certificate@*', 'haproxy-confd', 'pebble'];

/** A name that the CA's DNS server gives no answer for. */
export const unresolved = 'unresolved-c.test';

export const setUp = (...options: string[]) => exec([`${repository}/scripts/setup.sh`, hostName, ...options]);

/** Who issued the certificate that a visitor of the domain is shown. */
export const issuerOf = (domain: string) =>
  shell(
    'openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -issuer',
    domain,
  );

export async function untilSecured(domain: string): Promise<void> {
  await waitFor(`${domain} to have a certificate`, async () => /Pebble/.test(await issuerOf(domain)));
}

export async function put(path: string, content: string): Promise<void> {
  await exec(['sh', '-euc', 'mkdir -p "$(dirname "$1")" && cat >"$1"', 'sh', path], content);
}

async function startPebble(): Promise<void> {
  const { certificate, key } = await issueCertificate({
    commonName: 'localhost',
    extensions: ['subjectAltName=DNS:localhost'],
  });
  for (const program of ['pebble', 'pebble-challtestsrv']) {
    const file = (await readFile(`/usr/bin/${program}`)).toString('base64');
    await exec(['sh', '-euc', 'base64 -d >"$1" && chmod 755 "$1"', 'sh', `/usr/local/bin/${program}`], file);
  }
  await put(`${folder}/ca.pem`, certificate);
  await put(`${folder}/key.pem`, key);
  const pebble = {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: `${folder}/ca.pem`,
    privateKey: `${folder}/key.pem`,
    httpPort: 80,
    tlsPort: 5001,
  };
  await put(`${folder}/config.json`, JSON.stringify({ pebble }));
  await shell(`
    systemd-run --quiet --unit pebble-dns pebble-challtestsrv -dns01 127.0.0.1:8053 -management 127.0.0.1:8055 \
      -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv6 ''
    systemd-run --quiet --unit pebble --setenv PEBBLE_VA_NOSLEEP=1 \
      pebble -config ${folder}/config.json -dnsserver 127.0.0.1:8053`);
  const fault = `curl -fs -d '{"host":"${unresolved}"}' http://127.0.0.1:8055/set-servfail`;
  await waitFor('the DNS server', async () => (await tryExec(['sh', '-c', fault])).code === 0);
}

/** Starts the CA; from the next run of setup.sh on, the host orders from it. */
export async function startCa(): Promise<void> {
  await startPebble();
  await shell(`
    echo 'FREEHOLD_ACME_DIRECTORY=https://localhost:14000/dir
FREEHOLD_ACME_STAGING=https://localhost:14000/dir
FREEHOLD_ACME_CA=${folder}/ca.pem
FREEHOLD_ACME_RESOLVERS=127.0.0.1:8053' >>/etc/freehold/host.env`);
}

/** Takes the CA away, with these sites and all that the host knows of it. */
export async function removeCa(sites: readonly string[]): Promise<void> {
  if ((await tryExec(['systemctl', 'is-active', '--quiet', 'acme.timer'])).code === 0) {
    await shell('echo FREEHOLD_ACME=off >>/etc/freehold/host.env');
    await setUp();
  }
  for (const site of sites) await tryExec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
  await shell(`
    sed -i '/^FREEHOLD_ACME/d; /^FREEHOLD_OPERATOR/d' /etc/freehold/host.env
    systemctl stop pebble pebble-dns || true
    rm -rf /data/acme ${folder} /usr/local/bin/pebble*`);
  await setUp();
}
