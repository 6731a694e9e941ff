// For tests: a TCP proxy to etcd that can be cut, or fall silent like a router that lost its state.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly endpoint: string;
  /** The number of connections accepted so far. */
  readonly connections: () => number;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** The existing connections stay open but carry nothing more; new ones work. */
  freeze(): void;
  /** Accepts connections again. */
  mend(): void;
  close(): void;
}

export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let count = 0;
  let isCut = false;
  const server = createServer((from) => {
    count += 1;
    if (isCut) return void from.destroy();
    const to = connect(Number(port), hostname);
    pairs.add([from, to]);
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) socket.on('error', () => undefined);
    from.on('close', () => to.destroy());
    to.on('close', () => from.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = () => {
    for (const socket of [...pairs].flat()) socket.destroy();
    pairs.clear();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    connections: () => count,
    cut() {
      isCut = true;
      destroyAll();
    },
    freeze() {
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    mend() {
      isCut = false;
    },
    close() {
      destroyAll();
      server.close();
    },
  };
}
