import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, startChild } from './child.ts';
import { waitFor } from './wait-for.ts';

const execute = promisify(execFile);

/** A real HAProxy with a test's own files; `master.sock` and `admin.sock` are in the sockets' folder. */
export interface HaproxyServer {
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  output(): string;
}

/**
 * Prepares HAProxy 3.0 or newer: the one on the PATH, or the image freehold/haproxy on the host's network. It
 * starts with `start()`, after the test has written `config`.
 */
export async function prepareHaproxy(options: {
  config: string;
  sockets: string;
  /** Further folders that it needs. */
  folders: readonly string[];
}): Promise<HaproxyServer> {
  const { config, sockets, folders } = options;
  const master = join(sockets, 'master.sock');
  const args = ['-W', '-S', `${master},mode,660,level,admin`, '-f', config];
  const local = await isRecent();
  let name = '';
  let child: Child | undefined;
  let earlier = '';
  return {
    async start() {
      const startOnce = () => {
        // Docker may still be removing the container of the last start.
        name = `freehold-test-haproxy-${randomBytes(6).toString('hex')}`;
        const [command = '', ...first] = local ? ['haproxy'] : dockerRun(name, folders);
        return startChild(command, [...first, ...args]);
      };
      let started = startOnce();
      child = started;
      await waitFor('HAProxy to load its files', () => {
        if (started.process.exitCode === null) return answers(join(sockets, 'admin.sock'));
        // It is started again, as by its unit: its files may not have been complete.
        earlier += started.output();
        started = startOnce();
        child = started;
        throw new Error(earlier);
      });
    },
    async stop(signal = 'SIGTERM') {
      earlier += child?.output() ?? '';
      if (!local) await execute('docker', ['kill', '--signal', signal, name]).catch(() => undefined);
      await child?.stop(signal);
      if (!local) await execute('docker', ['rm', '--force', name]).catch(() => undefined);
      await rm(master, { force: true });
      child = undefined;
    },
    output: () => earlier + (child?.output() ?? ''),
  };
}

/** Whether the worker answers; `admin.sock` is the name of its socket in the configuration. */
function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => socket.write('show info\n'));
  socket.on('data', () => resolve(true));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  return promise;
}

/** `reload` is synchronous since 2.7; the configuration is written for 3.0. */
async function isRecent(): Promise<boolean> {
  const { stdout } = await execute('haproxy', ['-v']).catch(() => ({ stdout: '' }));
  const [, major = '0'] = stdout.match(/version (\d+)\./) ?? [];
  return Number(major) >= 3;
}

function dockerRun(name: string, folders: readonly string[]): string[] {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const volumes = folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]);
  return [
    ...['docker', 'run', '--rm', '--name', name, '--network', 'host', '--user', user],
    ...volumes,
    ...['--entrypoint', '/usr/sbin/haproxy', 'freehold/haproxy'],
  ];
}
