import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { problem, startFakeCa } from './fake-ca.ts';
import { createTestHost } from './host-under-test.ts';
import { hostState, readState } from './state.ts';

const rateLimited = (detail: string, headers: Record<string, string>) =>
  problem({ status: 429, type: 'rateLimited', detail, headers });

test('a rate limit of the CA delays the affected orders until the time that the CA gives, and is logged once', async () => {
  await using host = await createTestHost();
  await using ca = await startFakeCa();
  await host.addSite('a.one.test');
  await host.addSite('b.one.test');
  ca.answers.set(
    '/order',
    rateLimited('too many certificates already issued for "one.test"', { 'retry-after': '7200' }),
  );
  const first = await host.run(['--all'], ca.env);
  assert.equal(first.code, 0, first.output);
  assert.match(
    first.output,
    /[ab]\.one\.test: Cannot order a certificate from the CA: rateLimited: too many certificates/,
  );
  const orders = () => ca.asked.filter((path) => path === '/order').length;
  assert.equal(orders(), 1);
  const state = await readState(host.layout.host, hostState);
  assert.ok((state?.limited['one.test']?.again ?? 0) > Date.now() + 3_600_000);
  await host.addSite('c.two.test');
  ca.answers.set('/order', rateLimited('too many new orders recently', { 'retry-after': '3600' }));
  await host.run(['--all'], ca.env);
  assert.equal(orders(), 2);
  const { output, code } = await host.run(['c.two.test'], ca.env);
  assert.deepEqual([orders(), code], [2, 1]);
  assert.match(output, /too many new orders recently\. Next try: /);
});

const nonsense: Record<string, (ca: Awaited<ReturnType<typeof startFakeCa>>) => void> = {
  'a page of a proxy': ({ answers }) => answers.set('/dir', (response) => response.end('<html>hello</html>')),
  'a directory without addresses': ({ answers }) => answers.set('/dir', (response) => response.end('{}')),
  'an order of another shape': ({ answers }) =>
    answers.set('/order', (response) =>
      response.writeHead(201, { 'replay-nonce': 'x', location: 'x' }).end('[]'),
    ),
  'a cut connection': ({ answers }) => answers.set('/order', (response) => response.destroy()),
  'error 503': ({ answers }) => answers.set('/dir', (response) => response.writeHead(503).end()),
};

for (const [what, prepare] of Object.entries(nonsense)) {
  test(`a CA that answers with ${what} is left in peace for a while; one line tells why`, async () => {
    await using host = await createTestHost();
    await using ca = await startFakeCa();
    for (const domain of ['a.test', 'b.test']) await host.addSite(domain);
    prepare(ca);
    const first = await host.run(['--all'], ca.env);
    assert.equal(first.code, 0, first.output);
    assert.match(
      first.output,
      /^<4>Cannot (?:reach|order) .*All certificates stay in use, and the CA is asked again after .*\n$/,
    );
    const asked = ca.asked.length;
    const second = await host.run(['--all'], ca.env);
    assert.deepEqual([second.code, second.output, ca.asked.length], [0, '', asked]);
    assert.match(await host.status('b.test'), /Cannot .* Next try: \d{4}-/);
  });
}

test('orders succeed even if the CA refuses nonces, is away for a while and has forgotten the account', async () => {
  await using host = await createTestHost({ pebble: { PEBBLE_WFE_NONCEREJECT: '20' } });
  await host.addSite('a.test');
  const first = await host.run(['--all']);
  assert.equal(first.code, 0, first.output);
  const pem = await host.certificate('a.test');
  await host.pebble.stop();
  await host.addSite('b.test');
  const away = await host.run(['--all']);
  assert.match(away.output, /Cannot reach the CA at https:.*ECONNREFUSED/);
  assert.equal(await host.certificate('a.test'), pem);
  await host.pebble.start();
  await rm(host.layout.host);
  const { output } = await host.run(['--all']);
  assert.match(output, /b\.test has a new certificate/);
});

test('an order that the CA does not know any more is created again', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  await mkdir(host.layout.home, { recursive: true });
  const order = {
    ...{
      directory: host.pebble.directory,
      url: host.pebble.directory.replace(/dir$/, 'my-order/none'),
      names: ['a.test'],
    },
    ...{ key: '', renewal: false, made: Date.now() - 25 * 3_600_000, again: 0, noted: 0 },
  };
  await mkdir(`${host.layout.home}/sites`);
  await writeFile(host.layout.siteState('a.test'), JSON.stringify({ seen: Date.now(), order }));
  const { output } = await host.run(['--all']);
  assert.match(output, /does not know the order for a\.test any more; acme creates a new one/);
  assert.equal((await host.run(['--all'])).code, 0);
  assert.match(await host.status('a.test'), /^Valid until/);
});

test('an order that becomes invalid is reported with the reason of the CA, and not repeated at once', async () => {
  await using host = await createTestHost();
  // Here it looks right, and to the CA it does not: its resolver is another one.
  await host.addSite('a.test');
  await using other = await createTestHost();
  await other.pebble.setAddresses('a.test', ['127.0.0.1']);
  const env = { FREEHOLD_ACME_RESOLVERS: other.pebble.resolver };
  await host.pebble.setAddresses('a.test', []);
  const first = await host.run(['--all'], env);
  assert.match(first.output, /The CA refused a\.test: a\.test was not validated \(invalid\): /);
  const again = await host.run(['--all'], env);
  assert.equal(again.output, '');
  assert.match(await host.status('a.test'), /The CA refused a\.test: .* Next try: \d{4}-/);
});
