// A backend that switches to another protocol after an upgrade, as websockets do: started manually on the
// host, as a separate container that `discovery announce` registers.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { httpPort, shell } from './host.ts';

/** Runs in the container, with the Node of an image on the host: it echoes its input. */
const program = `
  const server = require('node:http').createServer((question, answer) => answer.end('plain'));
  server.on('upgrade', (question, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n');
    socket.on('error', () => undefined).pipe(socket);
  });
  server.listen(8080);`;

/** The program discovery, run manually. */
const byDiscovery = `docker run --rm --log-driver none --network host --read-only --env-file /etc/freehold/host.env \\
  --env "FREEHOLD_BOOT_ID=$(tr -d - </proc/sys/kernel/random/boot_id)" --pull never freehold/discovery`;

export async function startUpgradeBackend(domain: string): Promise<void> {
  const address = await shell(
    `docker run --detach --rm --name echo-backend --network freehold --entrypoint /usr/bin/node \\
       freehold/discovery --eval "$1" >/dev/null
     docker inspect --format '{{.NetworkSettings.Networks.freehold.IPAddress}}' echo-backend`,
    program,
  );
  await shell(`${byDiscovery} announce "$1" --app static --address "$2" --port 8080`, domain, address);
}

export async function removeUpgradeBackend(domain: string): Promise<void> {
  await shell(`docker rm --force echo-backend; ${byDiscovery} withdraw "$1" --forget`, domain);
}

/** An upgraded connection through the edge. */
export interface Upgraded extends Disposable {
  /** Sends a line and returns the answer. */
  echo(line: string): Promise<string>;
}

export async function upgrade(domain: string): Promise<Upgraded> {
  const socket: Socket = connect(httpPort, '127.0.0.1');
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  const next = async () => {
    const [data] = await once(socket, 'data', { signal: AbortSignal.timeout(120_000) });
    return String(data);
  };
  socket.write(`GET / HTTP/1.1\r\nHost: ${domain}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  const head = await next();
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(`${domain} was not upgraded: ${head.slice(0, 200)}`);
  return {
    async echo(line) {
      if (failure ?? socket.closed) throw new Error('The connection has ended', { cause: failure });
      socket.write(line);
      return next();
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
