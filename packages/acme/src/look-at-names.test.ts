import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUrgent } from './look-at-names.ts';
import type { SiteFacts } from './site-facts.ts';

const day = 86_400_000;
const now = 1_000 * day;

/** A certificate of 60 days, of which some are left. */
function site(left: number, advisedUntil?: number, of = 'own'): SiteFacts {
  const end = now + left * day;
  const certificate = {
    ...{ fingerprint: 'own', validity: { start: end - 60 * day, end }, issuer: 'CA', names: ['a.test'] },
    ...{ id: undefined, directory: 'https://ca.test/dir' },
  };
  const advice = advisedUntil === undefined ? undefined : { fingerprint: of, start: 0, end: advisedUntil };
  const noted = advice && { ...advice, again: now, noted: now };
  const state = { seen: 0, ...(noted && { advice: noted }) };
  const domain = 'a.test' as SiteFacts['domain'];
  return { domain, registered: 'a.test', optedOut: false, fault: undefined, certificate, state };
}

test('a certificate with fewer names is ordered if the current one expires soon or the CA advises to replace it', () => {
  assert.equal(isUrgent(site(20), now), false);
  assert.equal(isUrgent(site(9), now), true);
  assert.equal(isUrgent(site(50, now - 1), now), true, 'as after a revocation');
  assert.equal(isUrgent(site(50, now + day), now), false);
  assert.equal(isUrgent(site(50, now - 1, 'another'), now), false);
});
