// Servers of their own for what is done from a control machine: a control machine with Docker and the repository in it, and three bare
// servers that it reaches over ssh. They are there for every test file that needs them; the first one starts them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Outcome, run, runIn } from './run.ts';

/** What the containers' names begin with; scripts/test.sh removes those of `freehold-e2e`. */
const prefix = process.env.FREEHOLD_E2E_SERVERS ?? 'freehold-e2e-';
const script = join(import.meta.dirname, '../../../scripts/throwaway-host.sh');
const prepareControlMachine = join(import.meta.dirname, 'control-machine.sh');

/** The servers by the names that the control machine has for them, and their containers. */
export const servers = ['d1.freehold.test', 'd2.freehold.test', 'd3.freehold.test'] as const;
export type Server = (typeof servers)[number];
export const containerOf = (server: Server): string => `${prefix}${server.split('.')[0]}`;
export const controlMachine = `${prefix}control`;

/** What a program printed; throws if it failed. */
async function printedBy(what: string, outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  assert.equal(code, 0, `${what.slice(0, 200)}: ${stderr.slice(-4000)}${stdout.slice(-4000)}`);
  return stdout.trim();
}

/** Runs a program of this machine, and throws if it fails. */
const must = (command: string, ...args: string[]): Promise<string> =>
  printedBy(`${command} ${args.join(' ')}`, run(command, args));

/** Starts what is not there yet, the first server without any package of a host's, and brings this repository and its images to the control machine. */
export async function startServers(): Promise<void> {
  const [first, ...others] = [...servers.map(containerOf), controlMachine];
  await Promise.all([
    must(script, 'bare', first as string),
    ...others.map((name) => must(script, 'bare', name, '--prepared')),
  ]);
  await must(
    prepareControlMachine,
    controlMachine,
    ...servers.map((server) => `${server}=${containerOf(server)}`),
  );
}

/** Runs a script in the control machine's shell, in its checkout's scripts/deploy, to its end, whatever that is. */
export function onControlMachine(text: string, ...args: string[]): Promise<Outcome> {
  const shell = `cd /root/freehold/scripts/deploy; ${text}`;
  return runIn(controlMachine, ['bash', '-euo', 'pipefail', '-c', shell, 'bash', ...args]);
}

/** The same, and gives all that it said; throws if it fails. */
export async function fromControlMachine(text: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await onControlMachine(text, ...args);
  assert.equal(code, 0, `${text}: ${stderr.slice(-6000)}${stdout.slice(-6000)}`);
  return stdout + stderr;
}

/** A server is lost, and a bare one of its name takes its place. */
export async function replaceServer(server: Server): Promise<void> {
  await must(script, 'down', containerOf(server));
  await startServers();
}

/** Removes them all, if they are there. */
export async function removeServers(): Promise<void> {
  for (const name of [...servers.map(containerOf), controlMachine]) await must(script, 'down', name);
}

/** Something that runs on the control machine, in a session of its own, until it ends or is cut off. */
export interface Started {
  /** What it has said so far. */
  said(): Promise<string>;
  hasEnded(): Promise<boolean>;
  /** To it and all that it started, as in `STOP`. */
  signal(name: string): Promise<void>;
  /** Kills it with all that it started, ssh too, as a power cut would. */
  cutOff(): Promise<void>;
}

let started = 0;

export async function startOnControlMachine(text: string): Promise<Started> {
  started += 1;
  const log = `/tmp/started-${process.pid}-${started}`;
  await fromControlMachine(`: >${log}`);
  const shell = `cd /root/freehold/scripts/deploy; echo $$ >${log}.session; { ${text}; } >>${log} 2>&1; echo $? >${log}.code`;
  await must('docker', 'exec', '--detach', controlMachine, 'setsid', 'bash', '-c', shell);
  const ask = (question: string) => fromControlMachine(question);
  const signal = async (name: string) => {
    await ask(`pkill -${name} --session "$(cat ${log}.session)" || true`);
  };
  return {
    said: () => ask(`cat ${log}`),
    hasEnded: async () => (await onControlMachine(`cat ${log}.code`)).code === 0,
    signal,
    cutOff: () => signal('KILL'),
  };
}

/** Runs a script in a server's shell, without ssh, and gives what it printed. */
export function onServer(server: Server, text: string, ...args: string[]): Promise<string> {
  const words = ['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args];
  return printedBy(`On ${server}, ${text}`, runIn(containerOf(server), words));
}

/** Where this machine reaches a server. */
export function addressOf(server: Server | typeof controlMachine): Promise<string> {
  const container = server === controlMachine ? controlMachine : containerOf(server as Server);
  return must('docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', container);
}

/** Deploys the version that the control machine has to all three. */
export function deployAll(): Promise<string> {
  return fromControlMachine(`./deploy.sh ${servers.join(' ')} --no-build`);
}

/** The same, unless all of them use it, as after another test file. */
export async function ensureDeployed(): Promise<void> {
  const said = await fromControlMachine(`./deploy.sh ${servers.join(' ')} --no-build --dry-run`);
  const switches = [...said.matchAll(/Would switch from (.*) to (.*)\. Nothing was changed/g)];
  assert.equal(switches.length, servers.length, said);
  if (switches.some(([, used, wanted]) => used !== wanted)) await deployAll();
}

/** The version of freehold that a server uses; empty if it is a bare one. */
export const versionOf = (server: Server): Promise<string> =>
  onServer(server, 'sed -n s/^FREEHOLD_VERSION=//p /etc/freehold/host.env 2>/dev/null || true');
