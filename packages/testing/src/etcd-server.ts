import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

/** A real etcd on a free port, which can be stopped and restarted with its data. */
export interface EtcdServer {
  readonly endpoint: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** Starts `etcd` from the PATH (Debian package etcd-server). */
export async function startEtcd(): Promise<EtcdServer> {
  const folder = await temporaryFolder();
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const args = [
    ...['--name', 'test', '--data-dir', join(folder.path, 'data'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `test=${peer}`, '--log-level', 'error'],
  ];
  let child: Child | undefined;
  const server: EtcdServer = {
    endpoint,
    async start() {
      const started = startChild('etcd', args);
      child = started;
      const state = await waitFor('etcd to be healthy or to exit', async () => {
        if (started.process.exitCode !== null) return 'ended';
        return (await fetch(`${endpoint}/health`)).ok && 'healthy';
      });
      if (state === 'ended') throw new Error(`etcd ended: ${started.output()}`);
    },
    async stop(signal) {
      await child?.stop(signal);
    },
    async remove() {
      await child?.stop('SIGKILL');
      await folder.remove();
    },
  };
  await server.start();
  return server;
}
