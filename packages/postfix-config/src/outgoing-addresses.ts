import { createSocket } from 'node:dgram';
import { once } from 'node:events';

// Addresses for documentation: they only need to be elsewhere. Nothing is sent to them.
const elsewhere = { udp4: '192.0.2.1', udp6: '2001:db8::1' } as const;

/**
 * The source address of this machine's outgoing connections, for each address family in which it has a route.
 */
export async function readOutgoingAddresses(): Promise<string[]> {
  const found = await Promise.all([addressFor('udp4'), addressFor('udp6')]);
  return found.filter((address) => address !== undefined);
}

async function addressFor(type: keyof typeof elsewhere): Promise<string | undefined> {
  const socket = createSocket(type);
  try {
    socket.connect(9, elsewhere[type]);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
