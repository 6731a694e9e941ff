import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { createLog } from '@freehold/core/log';
import { recordingStream } from '@freehold/testing/recording-stream';
import { createRefusals } from './refusals.ts';
import type { Site } from './site.ts';

const domain = parseDomain('a.test');
const of = (fingerprint?: string): Site => ({
  domain,
  backends: [{ host: 'h1', address: { ip: '127.0.0.1', port: 80 } }],
  certificate: fingerprint === undefined ? undefined : { path: '/a.test.pem', fingerprint, names: [domain] },
});

function start(served: Site | undefined) {
  const recorded = recordingStream();
  const asked = of('new');
  const refusals = createRefusals({
    ...{ log: createLog(recorded), desired: () => asked, served: () => served },
  });
  return { asked, refusals, lines: recorded.lines };
}

test('a site keeps its previous certificate if HAProxy refuses the new one, until that changes', () => {
  const { asked, refusals, lines } = start(of('old'));
  assert.equal(refusals.add(asked, 'no'), true);
  assert.deepEqual(refusals.withhold(asked), of('old'));
  assert.match(lines.join(''), /refused a\.test, which keeps its previous certificate until it changes: no/);
  assert.deepEqual(refusals.withhold(of('newer')), of('newer'));
});

test('if HAProxy refuses the previous certificate too, the site has none, and then no servers', () => {
  const { asked, refusals } = start(of('old'));
  for (const certificate of ['old', undefined]) {
    refusals.add(refusals.withhold(asked), 'no');
    assert.equal(refusals.withhold(asked).certificate?.fingerprint, certificate);
    assert.ok(refusals.withhold(asked).backends[0]?.address);
  }
  refusals.add(refusals.withhold(asked), 'no');
  assert.equal(refusals.withhold(asked).backends[0]?.address, undefined);
  assert.equal(refusals.add(refusals.withhold(asked), 'no'), false);
});

test('a first certificate that HAProxy refuses has no previous one', () => {
  const { asked, refusals, lines } = start(of());
  refusals.add(asked, 'no');
  assert.equal(refusals.withhold(asked).certificate, undefined);
  assert.match(lines.join(''), /is served without its certificate/);
});
