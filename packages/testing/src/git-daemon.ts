import { connect } from 'node:net';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

export interface GitDaemon {
  /** `git://127.0.0.1:PORT`, to which a repository's name is added. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves every repository below a folder by git-daemon(1) (Debian package git) on a free port. */
export async function startGitDaemon(folder: string): Promise<GitDaemon> {
  const port = await freePort();
  const listen = ['--reuseaddr', '--listen=127.0.0.1', `--port=${port}`];
  const env = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
  const daemon = startChild(
    'git',
    ['daemon', '--export-all', `--base-path=${folder}`, ...listen, folder],
    env,
  );
  await waitFor('git daemon to listen', () => {
    if (daemon.process.exitCode !== null) throw new Error(daemon.output());
    return takesConnections(port);
  });
  return { url: `git://127.0.0.1:${port}`, stop: () => daemon.stop() };
}

function takesConnections(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
