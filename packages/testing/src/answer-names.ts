// A DNS server as a separate program, for a network namespace other than the test's. Ends on SIGTERM.
//   node answer-names.ts 198.18.250.3 '{"a.test":{"MX":"mx.a.test"},"mx.a.test":{"A":"198.18.250.2"}}'
import { startDnsServer } from './dns-server.ts';

async function main(address: string, zone: string): Promise<void> {
  const server = await startDnsServer(address, JSON.parse(zone));
  process.once('SIGTERM', () => server[Symbol.asyncDispose]());
}

if (import.meta.main) await main(process.argv[2] ?? '', process.argv[3] ?? '{}');
