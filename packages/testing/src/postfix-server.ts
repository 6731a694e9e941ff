import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDnsServer, type Zone } from './dns-server.ts';
import { openSmtp } from './smtp-client.ts';
import { waitFor } from './wait-for.ts';

const execute = promisify(execFile);

/** A real Postfix in a separate container and network, with a test's own files. */
export interface PostfixServer {
  /** Its container's name. */
  readonly name: string;
  /** Where it listens, on ports 25 and 587. */
  readonly address: string;
  /**
   * The address of this machine inside that network: a test's receiving servers listen there, and its clients
   * connect from it.
   */
  readonly gateway: string;
  /** The folder that maps sites to addresses: one file per site, named by its domain. */
  readonly senders: string;
  /** The folder of its queue. */
  readonly queue: string;
  start(): Promise<void>;
  /**
   * Ends the container with a signal, and removes it; its queue stays. Returns its exit code: 137 if it was
   * killed.
   */
  stop(signal?: NodeJS.Signals): Promise<number>;
  /** Runs a program in the container. */
  exec(...command: string[]): Promise<string>;
  logs(): Promise<string>;
  /** The ids of all its processes on this machine. */
  pids(): Promise<number[]>;
  remove(): Promise<void>;
}

// The same options as in unit-files/postfix.service.
const locked = [
  ...['--read-only', '--tmpfs', '/run', '--tmpfs', '/tmp', '--security-opt', 'no-new-privileges'],
  ...['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--cap-add', 'DAC_OVERRIDE', '--cap-add', 'KILL'],
  ...['--cap-add', 'NET_BIND_SERVICE', '--cap-add', 'SETGID', '--cap-add', 'SETUID'],
];

const hasImage = await execute('docker', ['image', 'inspect', 'freehold/postfix']).then(
  () => true,
  () => false,
);

/** Why tests that need it are skipped. CI must have it. */
export const withPostfix = {
  skip: !hasImage && !process.env.CI && 'Docker or the image freehold/postfix is missing',
};

/**
 * Prepares Postfix from the image freehold/postfix; it starts with `start()`. `folder` contains all its
 * files. This machine answers DNS queries if it can (dns-server.ts requires root): names in `zone`, and
 * mx-only.test, which has a mail server at the gateway. No other names exist.
 */
export async function preparePostfix(options: {
  folder: string;
  env?: Readonly<Record<string, string>>;
  zone?: Zone;
}): Promise<PostfixServer> {
  const { folder, env = {}, zone = {} } = options;
  const name = `freehold-mail-test-${randomBytes(4).toString('hex')}`;
  for (const one of ['config', 'queue', 'haproxy', 'run', 'senders'])
    await mkdir(join(folder, one), { recursive: true });
  for (const one of ['', 'config', 'run', 'senders']) await chmod(join(folder, one), 0o755);
  // As on a host, where it belongs to another user.
  await chmod(join(folder, 'haproxy'), 0o751);
  const { address, gateway } = await makeNetwork(name);
  const dns = await startNames(gateway, zone);
  const all: Record<string, string> = { FREEHOLD_SITES_ADDRESS: address, ...env };
  const run = [
    ...['run', '--detach', '--name', name, '--network', name, '--ip', address, '--dns', gateway, ...locked],
    ...Object.entries(all).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...['--volume', `${join(folder, 'config')}:/data/runtime/postfix:ro`],
    ...['--volume', `${join(folder, 'queue')}:/var/spool/postfix`],
    ...['--volume', `${join(folder, 'haproxy')}:${join(folder, 'haproxy')}:ro`],
    ...['--volume', `${join(folder, 'haproxy')}:/data/runtime/haproxy:ro`],
    ...['--volume', `${join(folder, 'run')}:/run/control`],
    ...['--volume', `${join(folder, 'senders')}:/run/senders:ro`, 'freehold/postfix'],
  ];
  const docker = async (...args: string[]) => (await execute('docker', args, { maxBuffer: 1e9 })).stdout;
  let earlier = '';
  const readLogs = async () => {
    const { stdout, stderr } = await execute('docker', ['logs', name], { maxBuffer: 1e9 }).catch(() => ({
      stdout: '',
      stderr: '',
    }));
    return stdout + stderr;
  };
  const server: PostfixServer = {
    name,
    address,
    gateway,
    senders: join(folder, 'senders'),
    queue: join(folder, 'queue'),
    async start() {
      await docker(...run);
      await waitFor('Postfix to answer', async () => {
        await using _ = await openSmtp({ host: address });
        return true;
      });
    },
    async stop(signal) {
      await (signal ? docker('kill', '--signal', signal, name) : docker('stop', '-t', '120', name));
      const code = Number(await docker('wait', name));
      earlier += await readLogs();
      await docker('rm', '--force', name);
      return code;
    },
    exec: (...command) => docker('exec', name, ...command),
    logs: async () => earlier + (await readLogs()),
    pids: async () => (await docker('top', name, '-eo', 'pid')).split('\n').map(Number).filter(Boolean),
    async remove() {
      await dns?.[Symbol.asyncDispose]();
      await docker('rm', '--force', name).catch(() => undefined);
      await docker('network', 'rm', name).catch(() => undefined);
      await rm(join(folder, 'queue'), { recursive: true, force: true });
    },
  };
  return server;
}

async function startNames(gateway: string, others: Zone): Promise<AsyncDisposable | undefined> {
  const zone = { ...others, 'mx-only.test': { MX: 'mx.mx-only.test' }, 'mx.mx-only.test': { A: gateway } };
  return startDnsServer(gateway, zone).catch(() => undefined);
}

/** A separate network, in one of the ranges for measurements (RFC 2544) that no other network here uses. */
async function makeNetwork(name: string): Promise<{ address: string; gateway: string }> {
  for (let tries = 0; ; tries++) {
    const prefix = `198.18.${randomBytes(1)[0]}`;
    try {
      await execute('docker', [
        'network',
        'create',
        '--subnet',
        `${prefix}.0/24`,
        '--gateway',
        `${prefix}.1`,
        name,
      ]);
      return { address: `${prefix}.2`, gateway: `${prefix}.1` };
    } catch (error) {
      if (tries > 10) throw error;
    }
  }
}
