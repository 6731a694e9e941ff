import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Records by name: `MX` lists mail servers, the preferred one first; `A` contains an IPv4 address. */
export type Zone = Readonly<
  Record<string, { readonly MX?: string | readonly string[]; readonly A?: string }>
>;

const types = { A: 1, MX: 15 } as const;

/**
 * A DNS server (RFC 1035) at port 53 of an address, which requires root: it knows only the zone and denies
 * every other name, so that nothing in a test queries other servers.
 */
export async function startDnsServer(address: string, zone: Zone): Promise<AsyncDisposable> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answerTo(query, zone), from.port, from.address));
  socket.bind(53, address);
  await once(socket, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

function answerTo(query: Buffer, zone: Zone): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const type = query.readUInt16BE(at + 1);
  const records = zone[labels.join('.').toLowerCase()];
  const found = records ? dataOf(records, type) : [];
  const header = Buffer.from(query.subarray(0, 12));
  // An answer with 'recursion available'; NXDOMAIN for an unknown name.
  header.writeUInt16BE(0x8180 | (records ? 0 : 3), 2);
  header.writeUInt16BE(found.length, 6);
  header.fill(0, 8);
  const question = query.subarray(12, at + 5);
  return Buffer.concat([header, question, ...found.map((data) => recordOf(type, data))]);
}

function dataOf({ MX = [], A }: Zone[string], type: number): Buffer[] {
  if (type === types.A && A) return [Buffer.from(A.split('.').map(Number))];
  if (type !== types.MX) return [];
  return [MX].flat().map((server, index) => Buffer.concat([Buffer.from([0, 10 + index]), nameOf(server)]));
}

function nameOf(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.from([0]),
  ]);
}

/** The name of the question (a pointer to it), type, class IN, a TTL of one minute, and the data. */
function recordOf(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, data]);
}
