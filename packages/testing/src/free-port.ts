import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port on loopback that nothing listens on now. Below those that the kernel gives to connections (32768 and up on
 * Linux): one of these might be taken again before the caller's server listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    // Somebody may be trying to connect to this port, as to a server of another test that is down: such a connection
    // would keep 'close' from ever coming.
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    const listens = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!listens) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
