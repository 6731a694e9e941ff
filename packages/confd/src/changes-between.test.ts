import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { withSome } from './changes-between.ts';
import type { Desired } from './desired.ts';
import type { Site } from './site.ts';

test('some of the changes include the hosts that they refer to', () => {
  const at = (name: string, ...hosts: string[]): Site => ({
    domain: parseDomain(name),
    backends: hosts.map((host) => ({ host, remote: true })),
  });
  const [a, b] = [at('a.test', 'h2', 'h3'), at('b.test', 'h2')];
  const before: Desired = { sites: new Map(), complete: true, others: new Map([['h2', '10.0.0.2']]) };
  const others = new Map([
    ['h2', '10.0.0.9'],
    ['h3', '10.0.0.3'],
  ]);
  const whole: Desired = { sites: new Map([a, b].map((one) => [one.domain, one])), complete: true, others };
  const some = withSome(before, whole, [a.domain]);
  assert.deepEqual([...some.sites.keys()], ['a.test']);
  assert.deepEqual(some.others?.get('h3'), '10.0.0.3');
  assert.deepEqual(some.others?.get('h2'), '10.0.0.2', 'what was served before stays');
});
