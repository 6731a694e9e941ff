// A CA that is down for three days, by a clock that is moved; and a clock that is wrong.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { installMade } from './due-certificate.ts';
import { createTestHost } from './host-under-test.ts';

const hourMs = 3_600_000;

const clockAt = (hours: number) => ({
  NODE_OPTIONS: `--import ${join(import.meta.dirname, 'shift-clock.ts')}`,
  TEST_CLOCK_SHIFT_MS: String(hours * hourMs),
});

test('while a CA is down for three days, the certificate stays in use and one line says why; then it is renewed', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  // Of another CA, so that it is to be replaced at once.
  const old = await installMade(host, 'a.test', 'https://other.test/dir');
  await host.pebble.stop();
  const said: string[] = [];
  for (const hours of [-72, -71, -48, -24, -7]) {
    const { code, output } = await host.run(['--all'], clockAt(hours));
    assert.equal(code, 0, output);
    said.push(output);
    assert.ok((await host.certificate('a.test')).includes(old), `${hours} hours`);
  }
  assert.match(said[0] ?? '', /^<4>Cannot reach the CA at .*\n$/);
  assert.deepEqual(said.slice(1), ['', '', '', '']);
  assert.match(await host.status('a.test'), /Cannot reach the CA .* Next try: \d{4}-/);
  await host.pebble.start();
  const { output } = await host.run(['--all']);
  assert.match(output, /a\.test has a new certificate from Pebble/);
  assert.ok(new X509Certificate(await host.certificate('a.test')).checkHost('a.test'));
});

test('with a wrong clock nothing is ordered, and one line says so; once it is set, the site is served at once', async () => {
  await using host = await createTestHost();
  await host.addSite('a.test');
  const { code, output } = await host.run(['--all'], clockAt(72));
  assert.equal(code, 0, output);
  assert.match(
    output,
    /^<4>This host's clock is 3 days ahead of the CA's, so nothing is ordered. Set the clock .*\n$/,
  );
  assert.equal((await host.run(['--all'], clockAt(72))).output, '');
  assert.doesNotMatch(host.pebble.output(), /Added order/);
  assert.match((await host.run(['--all'])).output, /a\.test has a new certificate/);
});
