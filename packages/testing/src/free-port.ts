import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port on loopback on which nothing listens now. It is below the kernel's range for outgoing
 * connections (32768 and up on Linux), since one of those might be used again before the caller's server
 * listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    // Somebody may be connecting to this port, as if to a stopped server of another test: such a connection
    // would prevent the 'close' event.
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
