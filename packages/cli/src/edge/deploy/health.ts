// Whether the programs of this host came up after a change, and stay.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import { runProgram } from '../run-program.ts';
import { showUnits } from '../systemd.ts';
import { type Apps, hasImage, lines, type SwitchHere, succeeds } from './host-here.ts';

const programs = '/var/lib/freehold/programs';
/** A crashing unit is restarted all the time. */
const steadySeconds = 5;
const waitSeconds = 30;

/** @throws FreeholdError with what does not come up, and what it printed. */
export async function requirePrograms(host: SwitchHere, { tests }: Apps, version: string): Promise<void> {
  for (const program of ['discovery', 'import']) {
    if (!((await programStarts(host, program)) && (await unpackedStarts(host, program))))
      throw new FreeholdError(`${program} does not start.`);
  }
  for (const program of ['cli', 'gitpuller']) {
    if (!(await unpackedStarts(host, program)))
      throw new FreeholdError(`${program}, unpacked, does not start.`);
  }
  for (const { image, program, args } of tests) {
    const name = `freehold/${image}:${version}`;
    // A version before may lack the app.
    if (!(await hasImage(host, name)) || (await appStarts(host, name, program, args))) continue;
    throw new FreeholdError(
      `${program} of the image ${image}, which sites use from their next start, does not start.`,
    );
  }
  await wake(host);
  await comesTo(host, 'haproxy-confd', () => works(host, 'haproxy-confd', '/confd.mjs'));
  await comesTo(host, 'postfix-config', () => works(host, 'postfix-config', '/postfix-config.mjs'));
  for (const unit of ['haproxy', 'postfix']) await comesTo(host, unit, () => isSteady(host, unit));
}

const inContainer = [
  'run',
  '--rm',
  '--log-driver',
  'none',
  '--network',
  'none',
  '--read-only',
  '--cap-drop',
  'ALL',
  '--pull',
  'never',
];

/** These are started when there is something to do. */
function programStarts(host: SwitchHere, program: string): Promise<boolean> {
  return succeeds(host, 'docker', ...inContainer, `freehold/${program}`, '--help');
}

/** From where setup.sh unpacks them. A version before this has no programs there. */
async function unpackedStarts(host: SwitchHere, program: string): Promise<boolean> {
  const root = join(programs, program);
  const words = [root, '/usr/bin/node', '--single-threaded', `/${program}.mjs`, '--help'];
  // The path of this process's cache is not there, in the chroot.
  return !existsSync(root) || succeeds(host, 'env', 'NODE_COMPILE_CACHE=/var/cache/node', 'chroot', ...words);
}

/** The entrypoint wants a site's data; this is what it becomes. */
function appStarts(
  host: SwitchHere,
  image: string,
  program: string,
  args: readonly string[],
): Promise<boolean> {
  return succeeds(host, 'docker', ...inContainer, '--entrypoint', program, image, ...args);
}

/** What has crashed under the version before may wait for long until it is started again. */
async function wake(host: SwitchHere): Promise<void> {
  for (const unit of ['haproxy-confd', 'postfix-config', 'haproxy', 'postfix']) {
    if ((await read(host, unit)).state === 'active') continue;
    await succeeds(host, 'systemctl', 'restart', '--job-mode=ignore-dependencies', unit);
  }
}

interface UnitState {
  readonly state: string;
  /** Seconds after the start of the machine. */
  readonly since: number;
  readonly restarts: number;
}

async function read({ signal }: SwitchHere, name: string): Promise<UnitState> {
  const unit = `${name}.service`;
  const shown = await showUnits(
    [unit],
    ['ActiveState', 'ActiveEnterTimestampMonotonic', 'NRestarts'],
    signal,
  );
  const value = (key: string) => shown.get(unit)?.get(key) ?? '';
  return {
    state: value('ActiveState'),
    since: Number(value('ActiveEnterTimestampMonotonic')) / 1e6,
    restarts: Number(value('NRestarts')),
  };
}

/** Both clocks are CLOCK_MONOTONIC: os.uptime() counts the time of a suspended machine too. */
const now = () => Number(process.hrtime.bigint()) / 1e9;

async function isSteady(host: SwitchHere, unit: string): Promise<string | undefined> {
  const { state, since } = await read(host, unit);
  return state === 'active' && now() - since >= steadySeconds ? undefined : '';
}

/** It can tell what it would do, which takes etcd, its settings and its folders. Undefined if it works, else what it printed. */
async function works(host: SwitchHere, unit: string, program: string): Promise<string | undefined> {
  if ((await isSteady(host, unit)) !== undefined) return '';
  const words = ['exec', unit, 'node', program, '--dry-run'];
  const { code, stdout, stderr } = await runProgram('docker', words, { signal: host.signal });
  return code === 0 ? undefined : stderr + stdout;
}

/** Within half a minute. A unit that has crashed four times meanwhile is not waited for any longer. */
async function comesTo(
  host: SwitchHere,
  unit: string,
  ask: () => Promise<string | undefined>,
): Promise<void> {
  const until = performance.now() + waitSeconds * 1000;
  const most = (await read(host, unit)).restarts + 4;
  for (;;) {
    const fault = await ask();
    if (fault === undefined) return;
    if (performance.now() >= until || (await read(host, unit)).restarts >= most) {
      throw await blame(host, unit, fault);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function blame({ signal }: SwitchHere, unit: string, fault: string): Promise<FreeholdError> {
  const words = ['--no-pager', '--quiet', '--output', 'cat', '--lines', '8', '--unit', unit];
  const { stdout } = await runProgram('journalctl', words, { signal });
  const last = lines(fault.trim()).at(-1);
  const head = `${unit} does not start.${last === undefined ? '' : ` ${last}`} Its last messages:`;
  return new FreeholdError([head, ...lines(stdout)].join('\n'));
}
