import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ca } from './ca.ts';
import { runOrder } from './run-order.ts';

test('a challenge that stays pending while the CA processes it is requested only once', async () => {
  const answered: string[] = [];
  let polls = 0;
  const reply = (body: object) => ({ body, location: undefined, retryAfter: undefined, date: undefined });
  const ca = {
    async order() {
      polls += 1;
      const status = polls < 4 ? 'pending' : 'valid';
      return reply({
        status,
        authorizations: ['/authz'],
        finalize: '/finalize',
        certificate: '/certificate',
      });
    },
    async authorization() {
      const challenges = [{ type: 'http-01', url: '/challenge', status: 'pending' }];
      return reply({ status: 'pending', identifier: { value: 'a.test' }, challenges });
    },
    async answer(_: string, url: string) {
      answered.push(url);
    },
    download: async () => 'chain',
  } as unknown as Ca;
  const order = { url: '/order', names: ['a.test'], key: '' };
  const { signal } = new AbortController();
  const outcome = await runOrder({ ca, accountUrl: '/account', order, signal });
  assert.deepEqual(outcome, { kind: 'issued', chain: 'chain' });
  assert.deepEqual([answered, polls], [['/challenge'], 4]);
});
