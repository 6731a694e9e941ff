import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthorizationObject, nextStep, type OrderObject } from './order-step.ts';

const order = (status: OrderObject['status'], rest: Partial<OrderObject> = {}): OrderObject => ({
  ...{ status, authorizations: [], finalize: 'https://ca.test/finalize' },
  ...rest,
});

const authorization = (
  status: AuthorizationObject['status'],
  challenge: Partial<AuthorizationObject['challenges'][number]> = {},
): AuthorizationObject => ({
  status,
  identifier: { value: 'example.com' },
  challenges: [
    { type: 'dns-01', url: 'https://ca.test/dns', status: 'pending' },
    { type: 'http-01', url: 'https://ca.test/http', status: 'pending', ...challenge },
  ],
});

test('the CA is asked to validate names whose validation has not begun', () => {
  const authorizations = [authorization('valid'), authorization('pending')];
  assert.deepEqual(nextStep(order('pending'), authorizations), {
    kind: 'answer',
    challenges: ['https://ca.test/http'],
  });
});

test('while the CA validates, and when all names are valid, acme waits', () => {
  assert.deepEqual(nextStep(order('pending'), [authorization('pending', { status: 'processing' })]), {
    kind: 'wait',
  });
  assert.deepEqual(nextStep(order('pending'), [authorization('valid')]), { kind: 'wait' });
  assert.deepEqual(nextStep(order('processing'), []), { kind: 'wait' });
});

test('a ready order is finalized, and a valid one downloaded', () => {
  assert.deepEqual(nextStep(order('ready'), []), { kind: 'finalize' });
  const valid = order('valid', { certificate: 'https://ca.test/cert' });
  assert.deepEqual(nextStep(valid, []), { kind: 'download', url: 'https://ca.test/cert' });
});

test('a failed order is reported with the reason of the challenge', () => {
  const error = { type: 'urn:ietf:params:acme:error:connection', detail: '192.0.2.1: timeout' };
  const step = nextStep(order('invalid'), [authorization('invalid', { status: 'invalid', error })]);
  const reason = 'example.com was not validated (invalid): connection: 192.0.2.1: timeout';
  assert.deepEqual(step, { kind: 'failed', reason });
  assert.deepEqual(nextStep(order('pending'), [authorization('valid'), authorization('expired')]), {
    kind: 'failed',
    reason: 'example.com was not validated (expired)',
  });
  const refused = order('invalid', { error: { type: 'urn:ietf:params:acme:error:badCSR', detail: 'weak' } });
  assert.deepEqual(nextStep(refused, []), { kind: 'failed', reason: 'badCSR: weak' });
});

test('a CA without http-01 is reported', () => {
  const step = nextStep(order('pending'), [authorization('pending', { type: 'tls-alpn-01' })]);
  assert.match(step.kind === 'failed' ? step.reason : '', /does not offer http-01 for example\.com/);
});
