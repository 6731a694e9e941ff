// The machines of the tutorial's reader: two bare servers, a laptop with a release, DNS, and a CA for tests in place of Let's
// Encrypt. The laptop is the control machine of the other deploy tests.
import assert from 'node:assert/strict';
import type { Machine } from '@freehold/testing/documents/console-page';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { introduce } from './guide-jump-box.ts';
import { type Outcome, run } from './host.ts';
import {
  addressOf,
  containerOf,
  fromJumpBox,
  jumpBox,
  onServer,
  replaceServer,
  servers,
  startServers,
} from './servers.ts';

const serverOf = { h1: servers[0], h2: servers[1] } as const;
const folder = '/root/tutorial';
const home = `${folder}/home`;
const environment = `FREEHOLD_CONFIG=${folder}/config CURL_CA_BUNDLE=${folder}/roots.pem HOME=${home}`;

async function put(container: string, path: string, content: string | Buffer): Promise<void> {
  const write = ['exec', '-i', container, 'sh', '-euc', 'mkdir -p "$(dirname "$1")"; cat >"$1"', 'sh', path];
  assert.equal((await run('docker', write, content)).code, 0, path);
}

/** Has example.org lead to a server, for the laptop and for the CA. */
export async function leadTo(machine: 'h1' | 'h2'): Promise<void> {
  const address = await addressOf(serverOf[machine]);
  await fromJumpBox(
    `sed '/ example\\.org /d' /etc/hosts >/tmp/hosts; echo "$1 example.org www.example.org" >>/tmp/hosts; cat /tmp/hosts >/etc/hosts
     curl -fs -d "{\\"ip\\":\\"$1\\"}" http://127.0.0.1:8055/set-default-ipv4`,
    address,
  );
}

/** pebble on the laptop; its root becomes what the laptop trusts. */
async function startAuthority(): Promise<{ address: string; certificate: string }> {
  const address = await addressOf(jumpBox);
  const { certificate, key } = await issueCertificate({
    commonName: 'ca.test',
    extensions: [`subjectAltName=IP:${address}`],
  });
  for (const program of ['pebble', 'pebble-challtestsrv'])
    assert.equal(
      (await run('docker', ['cp', '-L', `/usr/bin/${program}`, `${jumpBox}:/usr/local/bin/`])).code,
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
  await put(jumpBox, `${folder}/ca.pem`, certificate);
  await put(jumpBox, `${folder}/ca-key.pem`, key);
  await put(jumpBox, `${folder}/pebble.json`, JSON.stringify({ pebble }));
  await fromJumpBox(
    `systemd-run --quiet --unit tutorial-dns pebble-challtestsrv -dns01 "$1:8053" -management 127.0.0.1:8055 \
       -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv6 ''
     systemd-run --quiet --unit tutorial-ca --setenv PEBBLE_VA_NOSLEEP=1 pebble -config ${folder}/pebble.json -dnsserver "$1:8053"`,
    address,
  );
  await waitFor('pebble', () =>
    fromJumpBox(`curl -fsk https://127.0.0.1:15000/roots/0 >${folder}/roots.pem`).then(
      () => true,
      () => false,
    ),
  );
  return { address, certificate };
}

/** Bare servers under the tutorial's names, which know the test's CA before the reader comes. */
export async function prepareTutorial(): Promise<void> {
  await startServers();
  for (const server of Object.values(serverOf)) await replaceServer(server);
  await removeTraces();
  await fromJumpBox(`mkdir -p ${home} ${folder}/config; ln -s /root/.ssh ${home}/.ssh; echo ${home} >${folder}/where
    cd ../..; scripts/release.sh --no-build --output ${home}`);
  const { address, certificate } = await startAuthority();
  for (const [name, server] of Object.entries(serverOf)) {
    await introduce(`${name}.example.com`, server);
    await put(containerOf(server), '/etc/freehold/test-ca.pem', certificate);
    await put(
      containerOf(server),
      '/etc/freehold/host.env',
      `FREEHOLD_ACME_DIRECTORY=https://${address}:14000/dir\nFREEHOLD_ACME_CA=/etc/freehold/test-ca.pem\nFREEHOLD_ACME_RESOLVERS=${address}:8053\n`,
    );
  }
  await leadTo('h1');
}

async function removeTraces(): Promise<void> {
  await fromJumpBox(
    `systemctl stop tutorial-ca tutorial-dns 2>/dev/null || true; rm -rf ${folder} /usr/local/bin/pebble*
     sed '/ example\\.org /d; s/ h[12]\\.example\\.com//' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts
     sed -i '/^h[12]\\.example\\.com /d' ~/.ssh/known_hosts`,
  );
}

/** Bare servers again, for the tests that deploy to them. */
export async function removeTutorial(): Promise<void> {
  await removeTraces();
  for (const server of Object.values(serverOf)) await replaceServer(server);
}

/** Types a command in the shell of a machine; standard output has its errors too, as on a screen. On the laptop, the next command begins in the folder where this one ended. */
export function type(machine: Machine, command: string): Promise<Outcome> {
  const container = machine === 'laptop' ? jumpBox : containerOf(serverOf[machine]);
  const shell =
    machine === 'laptop'
      ? `export ${environment}; cd "$(cat ${folder}/where)"; trap 'pwd >${folder}/where' EXIT\n${command}`
      : `cd; ${command}`;
  return run('docker', ['exec', '-i', container, 'bash', '-c', `exec 2>&1; ${shell}`]);
}

/** What a server's own shell prints, for checks beyond the page. */
export const onTutorialServer = (machine: 'h1' | 'h2', command: string) =>
  onServer(serverOf[machine], command);
