// Fresh cloud machines: containers with cloud-init, before their first boot.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@freehold/testing/wait-for';
import { type Outcome, run, runIn } from './run.ts';

export const scripts = join(import.meta.dirname, '../../../scripts');
const top = join(scripts, '..');
const seed = '/var/lib/cloud/seed/nocloud';

/** The prefix of the machines' names; scripts/test.sh removes those of `freehold-e2e`. */
export const machinePrefix = process.env.FREEHOLD_E2E_CLOUD ?? 'freehold-e2e-cloud';

/** What a program printed; throws if it failed. */
function printedBy(what: string, { code, stdout, stderr }: Outcome): string {
  assert.equal(code, 0, `${what.slice(0, 300)}: ${stderr.slice(-3000)}${stdout.slice(-3000)}`);
  return stdout.trim();
}

/** Runs a program of this machine, and throws if it fails. */
export async function must(command: string, ...args: string[]): Promise<string> {
  return printedBy(args.join(' '), await run(command, args));
}

/** Runs a script in a machine's shell, with `$1` and so on, to its end, whatever its result. */
export function tryOn(machine: string, text: string, ...args: string[]): Promise<Outcome> {
  return runIn(machine, ['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args]);
}

/** The same, but returns its output and throws if it fails. */
export async function on(machine: string, text: string, ...args: string[]): Promise<string> {
  return printedBy(text, await tryOn(machine, text, ...args));
}

/** Boots a bare machine with cloud-init, freehold as /root/freehold.tar.gz and its images as /root/images.tar. */
export async function startMachine(machine: string): Promise<void> {
  await removeMachine(machine);
  await must(join(scripts, 'throwaway-host.sh'), 'bare', machine);
  await on(
    machine,
    'DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends cloud-init >/dev/null 2>&1',
  );
  await put(machine, 'tar -cz scripts unit-files docs README.md', '/root/freehold.tar.gz');
  await put(
    machine,
    `source scripts/setup/images.sh; docker save "\${images[@]/#/freehold/}"`,
    '/root/images.tar',
  );
}

export async function removeMachine(machine: string): Promise<void> {
  await must(join(scripts, 'throwaway-host.sh'), 'down', machine);
}

/** Pipes the output of a program here into a file there. */
async function put(machine: string, producer: string, path: string): Promise<void> {
  const script = `cd "$2"; ${producer} | docker exec -i "$0" sh -c 'cat >"$0"' "$1"`;
  await must('bash', '-euo', 'pipefail', '-c', script, machine, path, top);
}

/** cloud-config as an operator fills it in. */
export async function fillIn(values: Record<string, string>): Promise<string> {
  const all = { SOURCE: '/root/freehold.tar.gz', IMAGES: '/root/images.tar', ...values };
  let config = await readFile(join(top, 'cloud-config'), 'utf8');
  for (const [name, value] of Object.entries(all)) {
    assert.match(config, new RegExp(`^ +${name}=`, 'm'));
    config = config.replace(new RegExp(`^( +${name}=).*$`, 'm'), `$1${value}`);
  }
  return config;
}

/** Gives a machine its user data, and returns cloud-init's validation of them. */
export async function giveUserData(machine: string, config: string): Promise<string> {
  const write = ['exec', '-i', machine, 'sh', '-c', `mkdir -p ${seed}; cat >${seed}/user-data`];
  assert.equal((await run('docker', write, config)).code, 0);
  return on(machine, `cloud-init schema --config-file ${seed}/user-data`);
}

/** Boots it as a new machine; ends when cloud-init has, with its status. */
export async function firstBoot(machine: string, instance: string): Promise<string> {
  await on(machine, `echo "instance-id: $1" >${seed}/meta-data`, instance);
  await must('docker', 'restart', machine);
  const status = async () => (await tryOn(machine, 'cloud-init status')).stdout.trim();
  return waitFor(
    'cloud-init to end',
    async () => /^status: (done|error)$/.test(await status()) && (await status()),
  );
}

/** The end of the first boot's log. */
export const bootLog = (machine: string): Promise<string> =>
  on(machine, 'tail -n 80 /var/log/cloud-init-output.log');

/** The address at which this machine reaches it; it changes at each boot. */
export const addressOf = (machine: string): Promise<string> =>
  must('docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', machine);

/** The page of a site at an address; undefined without an answer. */
export async function pageAt(address: string, site: string): Promise<string> {
  return (await run('curl', ['-s', '--max-time', '5', '-H', `Host: ${site}`, `http://${address}/`])).stdout;
}

/** The result of a connection attempt from here: 0 accepted, 1 refused, 124 no answer. */
export async function knock(address: string, port: number): Promise<string> {
  const open = `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null; echo $?`;
  return (await run('bash', ['-c', open])).stdout.trim();
}
