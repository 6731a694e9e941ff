// The machines of the tutorial's reader: two bare servers, a laptop with a release, DNS, and a CA for tests in place of Let's
// Encrypt. The laptop is the control machine of the other deploy tests.
import type { Machine } from '@freehold/testing/documents/console-page';
import { introduceAuthority, leadAllTo, put, startAuthority, stopAuthority } from './control-machine-ca.ts';
import { introduce } from './guide-control-machine.ts';
import { type Outcome, runIn } from './run.ts';
import {
  addressOf,
  containerOf,
  controlMachine,
  fromControlMachine,
  onServer,
  replaceServer,
  servers,
  startServers,
} from './servers.ts';

const serverOf = { h1: servers[0], h2: servers[1] } as const;
const folder = '/root/tutorial';
const home = `${folder}/home`;
const environment = `FREEHOLD_CONFIG=${folder}/config CURL_CA_BUNDLE=${folder}/roots.pem HOME=${home}`;

/** Has example.org lead to a server, for the laptop and for the CA. */
export async function leadTo(machine: 'h1' | 'h2'): Promise<void> {
  const address = await addressOf(serverOf[machine]);
  await fromControlMachine(
    `sed '/ example\\.org /d' /etc/hosts >/tmp/hosts; echo "$1 example.org www.example.org" >>/tmp/hosts; cat /tmp/hosts >/etc/hosts`,
    address,
  );
  await leadAllTo(address);
}

/** Bare servers under the tutorial's names, which know the test's CA before the reader comes. */
export async function prepareTutorial(): Promise<void> {
  await startServers();
  for (const server of Object.values(serverOf)) await replaceServer(server);
  await removeTraces();
  await fromControlMachine(`mkdir -p ${home} ${folder}/config; ln -s /root/.ssh ${home}/.ssh; echo ${home} >${folder}/where
    cd ../..; scripts/release.sh --no-build --output ${home}`);
  const authority = await startAuthority(folder);
  for (const [name, server] of Object.entries(serverOf)) {
    await introduce(`${name}.example.com`, server);
    await put(containerOf(server), '/etc/freehold/host.env', await introduceAuthority(server, authority));
  }
  await leadTo('h1');
}

async function removeTraces(): Promise<void> {
  await stopAuthority(folder);
  await fromControlMachine(
    `sed '/ example\\.org /d; s/ h[12]\\.example\\.com//' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts
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
  const container = machine === 'laptop' ? controlMachine : containerOf(serverOf[machine]);
  const shell =
    machine === 'laptop'
      ? `export ${environment}; cd "$(cat ${folder}/where)"; trap 'pwd >${folder}/where' EXIT\n${command}`
      : `cd; ${command}`;
  return runIn(container, ['bash', '-c', `exec 2>&1; ${shell}`]);
}

/** What a server's own shell prints, for checks beyond the page. */
export const onTutorialServer = (machine: 'h1' | 'h2', command: string) =>
  onServer(serverOf[machine], command);
