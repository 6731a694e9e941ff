import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * A TCP port that accepts connections but never sends anything, until the test ends; `connected` resolves at
 * the first connection.
 */
export async function silentPort(
  context: TestContext,
): Promise<{ port: number; connected: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connected: once(server, 'connection') };
}
