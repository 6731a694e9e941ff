// pebble, an ACME CA for tests, and its DNS server on the control machine (Debian package pebble, installed here). Servers reach it at
// the control machine's address.
import assert from 'node:assert/strict';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { run } from './run.ts';
import { addressOf, containerOf, controlMachine, fromControlMachine, type Server } from './servers.ts';

const serverFile = '/etc/freehold/test-ca.pem';

export async function put(container: string, path: string, content: string | Buffer): Promise<void> {
  const write = ['exec', '-i', container, 'sh', '-euc', 'mkdir -p "$(dirname "$1")"; cat >"$1"', 'sh', path];
  assert.equal((await run('docker', write, content)).code, 0, path);
}

export interface Authority {
  readonly address: string;
  /** The root of its own TLS. */
  readonly certificate: string;
}

/** Starts both; `folder` on the control machine gets its files, among them roots.pem with what it issues. */
export async function startAuthority(folder: string): Promise<Authority> {
  const address = await addressOf(controlMachine);
  const { certificate, key } = await issueCertificate({
    commonName: 'ca.test',
    extensions: [`subjectAltName=IP:${address}`],
  });
  for (const program of ['pebble', 'pebble-challtestsrv'])
    assert.equal(
      (await run('docker', ['cp', '-L', `/usr/bin/${program}`, `${controlMachine}:/usr/local/bin/`])).code,
      0,
      program,
    );
  const pebble = {
    listenAddress: `${address}:14000`,
    managementListenAddress: '127.0.0.1:15000',
    certificate: `${folder}/ca.pem`,
    privateKey: `${folder}/ca-key.pem`,
    httpPort: 80,
    tlsPort: 443,
  };
  await put(controlMachine, `${folder}/ca.pem`, certificate);
  await put(controlMachine, `${folder}/ca-key.pem`, key);
  await put(controlMachine, `${folder}/pebble.json`, JSON.stringify({ pebble }));
  await fromControlMachine(
    `systemd-run --quiet --unit test-ca-dns pebble-challtestsrv -dns01 "$1:8053" -management 127.0.0.1:8055 \
       -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv6 ''
     systemd-run --quiet --unit test-ca --setenv PEBBLE_VA_NOSLEEP=1 pebble -config "$2/pebble.json" -dnsserver "$1:8053"`,
    address,
    folder,
  );
  await waitFor('pebble', () =>
    fromControlMachine(`curl -fsk https://127.0.0.1:15000/roots/0 >"$1/roots.pem"`, folder).then(
      () => true,
      () => false,
    ),
  );
  return { address, certificate };
}

/** Has every name lead to an address, for the CA and for the servers. */
export async function leadAllTo(address: string): Promise<void> {
  await fromControlMachine(
    `curl -fs -d "{\\"ip\\":\\"$1\\"}" http://127.0.0.1:8055/set-default-ipv4`,
    address,
  );
}

/** The lines of a server's host.env with which it orders from the CA, whose root it gets. */
export async function introduceAuthority(
  server: Server,
  { address, certificate }: Authority,
): Promise<string> {
  await put(containerOf(server), serverFile, certificate);
  return `FREEHOLD_ACME_DIRECTORY=https://${address}:14000/dir\nFREEHOLD_ACME_CA=${serverFile}\nFREEHOLD_ACME_RESOLVERS=${address}:8053\n`;
}

export async function stopAuthority(folder: string): Promise<void> {
  await fromControlMachine(
    `systemctl stop test-ca test-ca-dns 2>/dev/null || true; rm -rf "$1" /usr/local/bin/pebble*`,
    folder,
  );
}
