import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaError, nextTry, recheckDelay, type Scope, scopeOf } from './ca-error.ts';

const now = Date.parse('2026-03-01T00:00:00Z');
const minute = 60_000;
const error = (rest: Partial<ConstructorParameters<typeof CaError>[0]>) =>
  new CaError({ what: 'Cannot order a certificate from the CA', detail: 'no', ...rest });

const scopes: Record<string, [Partial<ConstructorParameters<typeof CaError>[0]>, Scope]> = {
  'a limit of a registered domain': [
    { status: 429, type: 'rateLimited', detail: 'too many certificates already issued for "example.com"' },
    'domain',
  ],
  'a limit of the account': [
    { status: 429, type: 'rateLimited', detail: 'too many new orders recently' },
    'directory',
  ],
  'a limit of one set of names': [
    {
      status: 429,
      type: 'rateLimited',
      detail:
        'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s',
    },
    'site',
  ],
  'a limit of failed validations': [
    {
      status: 429,
      type: 'rateLimited',
      detail: 'too many failed authorizations (5) for "www.example.com" in the last 1h0m0s',
    },
    'site',
  ],
  'a certificate that cannot be used': [{ scope: 'site' }, 'site'],
  'a proxy that answers 429': [{ status: 429 }, 'directory'],
  'a CA that is down': [{}, 'directory'],
  'a CA that answers nonsense': [{ status: 200 }, 'directory'],
  'an error in the CA': [{ status: 500, type: 'serverInternal' }, 'directory'],
  'changed terms of service': [{ status: 403, type: 'userActionRequired' }, 'directory'],
  'a name that the CA refuses': [{ status: 400, type: 'rejectedIdentifier' }, 'site'],
  'a CAA record': [{ status: 403, type: 'caa' }, 'site'],
};

for (const [what, [rest, scope]] of Object.entries(scopes)) {
  test(`${what} concerns the ${scope}`, () => assert.equal(scopeOf(error(rest), 'example.com'), scope));
}

test('delays double with each attempt, up to a maximum', () => {
  const at = (count: number, scope: Scope) => nextTry({ error: error({}), scope, count, now }) - now;
  assert.deepEqual(
    [1, 2, 3].map((count) => at(count, 'directory') / minute),
    [5, 10, 20],
  );
  assert.equal(at(99, 'directory') / minute, 360);
  assert.equal(at(1, 'site') / minute, 60);
  assert.deepEqual(
    [1, 2, 99].map((count) => recheckDelay(count) / minute),
    [1, 2, 60],
  );
});

test('acme never retries before the time that the CA gives', () => {
  const limited = error({ status: 429, type: 'rateLimited', retryAfter: '86400' });
  assert.equal(nextTry({ error: limited, scope: 'directory', count: 1, now }) - now, 86_400_000);
  const inText = error({ status: 429, type: 'rateLimited', detail: 'retry after 2026-03-03 00:00:00 UTC' });
  assert.equal(
    nextTry({ error: inText, scope: 'domain', count: 1, now }),
    Date.parse('2026-03-03T00:00:00Z'),
  );
});

test('the message has the request and the reason of the failure', () => {
  assert.equal(
    error({ type: 'caa', detail: 'CAA forbids it.' }).message,
    'Cannot order a certificate from the CA: caa: CAA forbids it.',
  );
});
