import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createTestHost } from './host-under-test.ts';

test('a site whose DNS does not answer delays no other one', async () => {
  await using host = await createTestHost();
  // It answers nobody, so each question takes as long as a resolver has patience.
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  let asked = 0;
  silent.on('message', (message, from) => {
    asked += 1;
    // All but one name are left to the other resolver at once: refused (RFC 1035 section 4.1.1).
    if (message.includes('slow')) return;
    const refusal = Buffer.from(message);
    refusal.writeUInt16BE(0x8185, 2);
    silent.send(refusal, from.port, from.address);
  });
  try {
    for (const domain of ['a-slow.test', 'b.test', 'c.test']) await host.addSite(domain);
    const port = (silent.address() as AddressInfo).port;
    const { code, output } = await host.run(['--all'], {
      FREEHOLD_ACME_RESOLVERS: `127.0.0.1:${port},${host.pebble.resolver}`,
    });
    assert.equal(code, 0, output);
    assert.ok(asked > 0);
    const order = [...output.matchAll(/([\w.-]+) has a new certificate/g)].map(([, domain]) => domain);
    assert.equal(order[0], 'b.test');
    assert.deepEqual(order.sort(), ['a-slow.test', 'b.test', 'c.test']);
  } finally {
    silent.close();
  }
});
