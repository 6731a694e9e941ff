import { once } from 'node:events';
import { createServer } from 'node:net';

const portsOfProcess = 100;
/** Test files run side by side, each in a process of its own: two of them would now and then choose the same random port. */
const firstPort = 10_000 + (process.pid % 220) * portsOfProcess;
let given = 0;

/**
 * A TCP port on which nothing listens now, out of the hundred of this process. It is below the kernel's range for
 * outgoing connections (32768 and up on Linux), since one of those might be used again before the caller's server
 * listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + (given++ % portsOfProcess);
    // A program may still connect to this port, where a server of an earlier test has stopped: such a connection would
    // prevent the 'close' event.
    const server = createServer((socket) => socket.destroy()).listen(port, '0.0.0.0');
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
