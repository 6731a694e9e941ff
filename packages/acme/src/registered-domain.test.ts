import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registeredDomain } from './registered-domain.ts';

const cases: readonly [string, string][] = [
  ['example.com', 'example.com'],
  ['www.a.example.com', 'example.com'],
  ['a.example.co.uk', 'example.co.uk'],
  ['user.github.io', 'user.github.io'],
  ['a.user.github.io', 'user.github.io'],
  ['co.uk', 'co.uk'],
  ['a.b.test', 'b.test'],
  ['a.xn--mller-kva.example', 'xn--mller-kva.example'],
  ['a.b.xn--55qx5d.cn', 'b.xn--55qx5d.cn'],
];

for (const [domain, registered] of cases) {
  test(`${domain} is counted with ${registered}`, () => {
    assert.equal(registeredDomain(domain), registered);
  });
}
