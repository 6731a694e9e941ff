import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { hourMs, weekMs } from './ledger.ts';
import { makePlan, nextRun } from './plan.ts';
import { registeredDomain } from './registered-domain.ts';
import type { Certificate, SiteFacts } from './site-facts.ts';
import { emptyHostState, type HostState, type PendingOrder } from './state.ts';

const day = 24 * hourMs;
const now = 1000 * day;
const directory = 'https://ca.test/dir';

const site = (name: string, rest: Partial<SiteFacts> = {}): SiteFacts => ({
  domain: parseDomain(name),
  registered: registeredDomain(name),
  optedOut: false,
  certificate: undefined,
  fault: undefined,
  state: { seen: now },
  ...rest,
});

/** Valid for 90 days, of which so many are left. */
const certificate = (left: number, rest: Partial<Certificate> = {}): Certificate => ({
  ...{ fingerprint: `of ${left}`, names: [], id: undefined, issuer: 'Test', directory },
  validity: { start: now - (90 - left) * day, end: now + left * day },
  ...rest,
});

const order = (made: number, rest: Partial<PendingOrder> = {}): PendingOrder => ({
  ...{ directory, url: `${directory}/1`, names: [], key: '', renewal: false, made },
  ...{ failures: 0, again: 0, noted: 0 },
  ...rest,
});

const plan = (sites: SiteFacts[], host: Partial<HostState> = {}) =>
  makePlan({ sites, host: { ...emptyHostState, ...host }, directory, now });
const due = (sites: SiteFacts[], host?: Partial<HostState>) =>
  plan(sites, host)
    .tasks.filter(({ at }) => at <= now)
    .map((task) => `${task.kind} ${task.site.domain}`);

test('begun orders come first, then the most urgent renewal, then the oldest new site', () => {
  const sites = [
    site('new.test', { state: { seen: now - 1 } }),
    site('old.test', { state: { seen: now - 2 } }),
    site('renew.test', { certificate: certificate(20) }),
    site('expired.test', { certificate: certificate(-1) }),
    site('begun.test', { state: { seen: now, order: order(now - 5) } }),
    site('begun-before.test', { state: { seen: now, order: order(now - 9) } }),
    site('good.test', { certificate: certificate(60) }),
  ];
  assert.deepEqual(due(sites), [
    'continue begun-before.test',
    'continue begun.test',
    'renew expired.test',
    'renew renew.test',
    'first old.test',
    'first new.test',
  ]);
});

test('certificates that are manual or unreadable, and sites with TLS/manual, are left alone', () => {
  const { tasks, untouched } = plan([
    site('foreign.test', { certificate: certificate(-5, { directory: undefined }) }),
    site('broken.test', { fault: 'there is no private key in it' }),
    site('manual.test', { optedOut: true }),
    site('manual-own.test', { optedOut: true, certificate: certificate(1) }),
  ]);
  assert.deepEqual(tasks, []);
  assert.deepEqual(
    untouched.map(({ kind }) => kind),
    ['foreign', 'foreign', 'optedOut', 'optedOut'],
  );
});

test("the CA's advice for the current certificate counts, and that for an earlier one does not", () => {
  const advice = { start: now - 2 * day, end: now - day, again: 0, noted: 0 };
  const own = certificate(80);
  const state = { seen: 0, advice: { ...advice, fingerprint: own.fingerprint } };
  assert.deepEqual(due([site('a.test', { certificate: own, state })]), ['renew a.test']);
  const earlier = { seen: 0, advice: { ...advice, fingerprint: 'earlier' } };
  assert.deepEqual(due([site('a.test', { certificate: own, state: earlier })]), []);
});

test('a certificate from another CA directory is replaced at once, and an order there is abandoned', () => {
  const other = 'https://other.test/dir';
  assert.deepEqual(due([site('a.test', { certificate: certificate(89, { directory: other }) })]), [
    'renew a.test',
  ]);
  const state = { seen: now, order: order(now, { directory: other }) };
  assert.deepEqual(due([site('a.test', { state })]), ['first a.test']);
});

test('nothing is asked of a CA that is down, and nothing for a domain that it limits', () => {
  const sites = [site('a.one.test'), site('b.two.test', { certificate: certificate(1) })];
  const failure = { count: 1, again: now + hourMs, noted: now, sentence: '' };
  assert.deepEqual(due(sites, { failure }), []);
  assert.deepEqual(due(sites, { limited: { 'one.test': { again: now + hourMs, noted: now } } }), [
    'renew b.two.test',
  ]);
});

test('times recorded by a fast clock delay nothing once it is correct', () => {
  const ahead = { again: now + 400 * day, noted: now + 399 * day };
  const failure = { kind: 'order', count: 9, sentence: '', ...ahead } as const;
  const sites = [
    site('a.one.test', { state: { seen: now, failure } }),
    site('b.one.test', { state: { seen: now, order: order(now, ahead) } }),
  ];
  const host = { failure: { count: 9, sentence: '', ...ahead }, limited: { 'one.test': ahead } };
  assert.deepEqual(due(sites, host), ['continue b.one.test', 'first a.one.test']);
});

test('what another member has noted counts, whose clock is a little ahead', () => {
  const ahead = { again: now + hourMs, noted: now + 2000 };
  assert.deepEqual(due([site('a.one.test')], { failure: { count: 1, sentence: '', ...ahead } }), []);
  assert.deepEqual(due([site('a.one.test')], { limited: { 'one.test': ahead } }), []);
});

test('an order that makes no progress at the CA delays no other one', () => {
  const held = order(now - 9, { failures: 2, again: now + hourMs, noted: now });
  const sites = [site('a.test', { state: { seen: 1, order: held } }), site('b.test')];
  assert.deepEqual(due(sites), ['first b.test']);
});

test('a rate-limited domain does not delay renewals at a CA with ARI, which does not count them', () => {
  const own = certificate(1);
  const advice = { start: now - 2 * day, end: now - day, again: now + day, noted: now };
  const state = { seen: 0, advice: { ...advice, fingerprint: own.fingerprint } };
  const sites = [site('a.one.test', { certificate: own, state }), site('b.one.test', { certificate: own })];
  const limited = { 'one.test': { again: now + hourMs, noted: now } };
  assert.deepEqual(due(sites, { limited }), ['renew a.one.test']);
});

test('advice of the CA does not renew a certificate again within a day', () => {
  const own = certificate(90);
  const advice = { start: now - 2 * day, end: now - day, again: now + day, noted: now };
  const sites = [
    site('a.test', {
      certificate: own,
      state: { seen: 0, advice: { ...advice, fingerprint: own.fingerprint } },
    }),
  ];
  const renewed = (at: number) => ({
    ledger: [{ at, domain: 'a.test', registered: 'a.test', renewal: true, outcome: 'issued' as const }],
  });
  assert.deepEqual(due(sites), ['renew a.test']);
  assert.deepEqual(due(sites, renewed(now - hourMs)), []);
  assert.deepEqual(due(sites, renewed(now - 25 * hourMs)), ['renew a.test']);
});

test('a failed site waits for its next try, while others are processed', () => {
  const failure = { kind: 'preflight', count: 3, again: now + 1000, noted: now, sentence: '' } as const;
  const waiting = site('a.test', { state: { seen: 1, failure } });
  assert.deepEqual(due([waiting, site('b.test')]), ['first b.test']);
  assert.equal(plan([waiting]).tasks[0]?.at, now + 1000);
});

test('renewals are due regardless of the budget, and new sites leave room for them', () => {
  const certificates = Array.from({ length: 48 }, (_, index) =>
    site(`r${index}.example.com`, { certificate: certificate(27) }),
  );
  const fresh = Array.from({ length: 5 }, (_, index) => site(`n${index}.example.com`));
  const tasks = due([...fresh, ...certificates]);
  assert.equal(tasks.filter((task) => task.startsWith('renew')).length, 48);
  assert.equal(tasks.filter((task) => task.startsWith('first')).length, 2);
  const ledger = Array.from({ length: 50 }, (_, index) => ({
    ...{ at: now - index, domain: `${index}.example.com`, registered: 'example.com', renewal: false },
    outcome: 'issued' as const,
  }));
  assert.equal(due([...fresh, ...certificates], { ledger }).length, 48);
  assert.ok((plan(fresh, { ledger }).tasks[0]?.at ?? 0) > now + weekMs - hourMs);
});

test('the next run is at the next task, or within half a day, and never within a minute', () => {
  const options = { now, spread: 0.5 };
  const { tasks } = plan([site('a.test', { certificate: certificate(89) })]);
  assert.ok(nextRun(tasks, options) > now + 10 * hourMs);
  assert.ok(nextRun(tasks, options) <= now + 12 * hourMs);
  assert.equal(nextRun(plan([site('b.test')]).tasks, options), now + 60_000);
  const failure = { kind: 'preflight', count: 3, again: now + hourMs, noted: now, sentence: '' } as const;
  assert.equal(nextRun(plan([site('c.test', { state: { seen: 1, failure } })]).tasks, options), now + hourMs);
});
