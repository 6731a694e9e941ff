import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { factsOf } from './certificate-facts.ts';
import {
  checkRow,
  isMadeByAcme,
  type Judge,
  listRow,
  memberRow,
  withRehearsal,
} from './certificate-state.ts';

const file = '/data/domains/a.test/TLS/a.test.pem';
/** Later than the certificates, which are valid from the second in which they are made. */
let judge: Judge;
let pem: string;
let other: { certificate: string; key: string };

before(async () => {
  const own = await makeCertificate(['a.test', 'www.a.test']);
  pem = `${own.certificate}${own.key}`;
  other = await makeCertificate(['a.test']);
  judge = { now: new Date(Date.now() + 60_000), days: 21 };
});

const stateOf = (text: string | undefined, shown?: string | null, days = 21) => {
  const { state, problem, daysLeft } = checkRow('a.test', { file, text }, { ...judge, days }, shown);
  return { state, problem, daysLeft };
};

test('a certificate that visitors get is valid, for a number of days', () => {
  const { fingerprint } = factsOf(pem, judge.now);
  assert.deepEqual(stateOf(pem, fingerprint), { state: 'valid', problem: null, daysLeft: 29 });
});

test('a certificate that visitors do not get is wrong, and an unused file is not compared', () => {
  assert.equal(stateOf(pem, 'AB:CD').state, 'wrong');
  assert.match(String(stateOf(pem, null).problem), /visitors get another certificate/);
  assert.equal(stateOf(pem).state, 'valid');
});

test('a certificate that expires soon, lacks a name or has another key is wrong, with the reason', () => {
  assert.equal(stateOf(pem, undefined, 60).problem, 'it expires in 29 days');
  assert.equal(stateOf(`${other.certificate}${other.key}`).problem, 'it is not for www.a.test');
  assert.match(
    String(stateOf(`${other.certificate}${pem.slice(pem.indexOf('-----BEGIN PRIVATE'))}`).problem),
    /private key does not belong/,
  );
  assert.match(String(stateOf('nonsense').problem), /no certificate/);
});

test('a site without a certificate is not wrong, and an unreadable file is', () => {
  assert.deepEqual(stateOf(undefined), { state: 'none', problem: null, daysLeft: null });
  const row = checkRow('a.test', { file, text: undefined, unreadable: 'it is a link' }, judge, undefined);
  assert.deepEqual([row.state, row.problem], ['wrong', 'it is a link']);
});

test('the list has names, issuer and the time, and skips sites without one', () => {
  const row = listRow('a.test', { file, text: pem, automatic: null }, judge.now);
  assert.deepEqual(row?.names, ['a.test', 'www.a.test']);
  assert.equal(row?.issuer, 'a.test');
  assert.equal(row?.daysLeft, 29);
  assert.equal(listRow('a.test', { file, text: undefined, automatic: null }, judge.now), undefined);
  assert.match(
    String(listRow('a.test', { file, text: 'x', automatic: null }, judge.now)?.problem),
    /no certificate/,
  );
});

test('a site that waits for an automatic certificate is listed without one', () => {
  const automatic = 'There is no certificate yet. An order is in progress.';
  const row = listRow('a.test', { file, text: undefined, automatic }, judge.now);
  assert.deepEqual([row?.automatic, row?.file, row?.problem], [automatic, null, null]);
  assert.equal(listRow('a.test', { file, text: pem, automatic }, judge.now)?.automatic, automatic);
});

test("for a member's certificate only the time of expiry counts", () => {
  assert.equal(memberRow('cluster client', file, other.certificate, judge).state, 'valid');
  assert.equal(memberRow('cluster client', file, other.certificate, { ...judge, days: 60 }).state, 'wrong');
  const late = { ...judge, now: new Date(Date.now() + 40 * 86_400_000) };
  assert.equal(memberRow('cluster client', file, other.certificate, late).problem, 'it has expired');
  assert.match(String(memberRow('cluster client', file, '', judge).problem), /no certificate/);
});

test('one that acme renews is wrong when a tenth of its lifetime is left, whatever its length, and may lack www.', () => {
  const found = { file, text: `${other.certificate}${other.key}`, isAutomatic: true };
  const after = (days: number) => ({ now: new Date(Date.now() + days * 86_400_000), days: 60 });
  assert.equal(checkRow('a.test', found, after(26), undefined).state, 'valid');
  const late = checkRow('a.test', found, after(28), undefined);
  assert.equal(late.problem, 'it expires in 1 days, and acme has not renewed it');
});

test('a rehearsal that failed makes a certificate wrong, and one that passed does not excuse it', () => {
  const row = checkRow('a.test', { file, text: pem }, judge, undefined);
  assert.deepEqual(withRehearsal(row, undefined), { ...row, rehearsal: 'passed' });
  const { state, problem, rehearsal } = withRehearsal(row, 'No address.');
  assert.deepEqual(
    [state, problem, rehearsal],
    ['wrong', 'the rehearsal of an order failed: No address.', 'failed'],
  );
  const hidden = checkRow('a.test', { file, text: pem }, judge, null);
  assert.equal(withRehearsal(hidden, undefined).state, 'wrong');
  assert.match(
    String(withRehearsal(hidden, 'x').problem),
    /visitors get another certificate.*; the rehearsal/,
  );
});

test("a certificate that a person installed on another member is not acme's, though acme.json lists it", () => {
  const made = [
    { fingerprint: 'aa', directory: 'https://ca.test/directory' },
    { fingerprint: 'bb', directory: 'member:host2' },
  ];
  const isMade = (fingerprint: string) => isMadeByAcme(JSON.stringify({ made }), fingerprint);
  assert.deepEqual(['aa', 'bb', 'cc'].map(isMade), [true, false, false]);
  assert.throws(() => isMadeByAcme('{}', 'aa'));
});
