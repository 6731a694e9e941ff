import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from './forward.ts';
import { createEntryReader } from './read-entries.ts';
import { readLocalDestinations, readLocalForwards } from './read-local.ts';

const none = new Map();

test('each invalid entry is reported with its key and the reason, and the valid ones stay', () => {
  const bad: Record<string, [string, RegExp]> = {
    '/mail/a.test/no-json': ['x@else.test', /the value is not JSON/],
    '/mail/a.test/no-list': ['"x@else.test"', /not a list of addresses/],
    '/mail/a.test/empty': ['[]', /no address to forward to/],
    '/mail/a.test/number': ['[1]', /a target is not a string/],
    '/mail/a.test/no-address': ['["x"]', /"x" is not a mail address/],
    '/mail/a.test/injected': [JSON.stringify(['x@else.test\nevil@a.test y@else.test']), /not/],
    '/mail/a.test/many': [
      JSON.stringify(Array.from({ length: 4 }, (_, i) => `x${i}@e.test`)),
      /4 targets, more than the limit of 3/,
    ],
    '/mail/a.test/long': [`["${'x'.repeat(70_000)}"]`, /more than the limit of 65536/],
    '/mail/a.test/a b': ['["x@else.test"]', /is not a mail address/],
    '/mail/a.test/a/b': ['["x@else.test"]', /not of the form/],
    '/mail/a.test': ['["x@else.test"]', /not of the form/],
    '/mail/a.test/': ['["x@else.test"]', /is not a mail address/],
    '/mail/test/info': ['["x@else.test"]', /"test" is not a domain name/],
    '/mail/a"b.test/info': ['["x@else.test"]', /is not a domain name/],
    '/mail/192.0.2.1/info': ['["x@else.test"]', /it is an IP address/],
  };
  const entries = new Map([...Object.entries(bad).map(([key, [value]]): [string, string] => [key, value])]);
  entries.set('/mail/a.test/good', '["x@else.test","x@else.test"]');
  const { forwards, faults } = createEntryReader(3)(entries, none);
  assert.deepEqual([...forwards.keys()], ['good@a.test']);
  assert.deepEqual(forwards.get('good@a.test')?.targets, ['x@else.test']);
  assert.equal(faults.length, Object.keys(bad).length);
  for (const { subject, reason } of faults) assert.match(reason, bad[subject]?.[1] ?? /^$/, subject);
});

test('of keys that mean one address, the plain one takes precedence and the others are reported', () => {
  const value = (name: string) => JSON.stringify([`${name}@else.test`]);
  const entries = new Map([
    ['/mail/A.test/Info', value('upper')],
    ['/mail/a.test/info', value('plain')],
    ['/mail/müller.test/*', value('unicode')],
    ['/mail/xn--mller-kva.test/*', value('ascii')],
  ]);
  const { forwards, faults } = createEntryReader(50)(entries, none);
  assert.deepEqual([...forwards.values()].flatMap(({ targets }) => targets).sort(), [
    'ascii@else.test',
    'plain@else.test',
  ]);
  assert.deepEqual(faults.map(({ subject }) => subject).sort(), ['/mail/A.test/Info', '/mail/müller.test/*']);
  assert.match(faults[0]?.reason ?? '', /is the same address and takes precedence/);
});

test('manual entries take precedence over etcd, and this is reported', () => {
  const text = [
    '# manually',
    '',
    'info@a.test  one@else.test, two@else.test',
    '  three@else.test',
    '@b.test x@else.test',
    'broken',
    'INFO@a.test again@else.test',
    'bad@@c.test x@else.test',
  ].join('\n');
  const byHand = readLocalForwards(text, { file: 'forwards.local', limit: 50 });
  assert.deepEqual(byHand.forwards.get('info@a.test')?.targets, [
    'one@else.test',
    'two@else.test',
    'three@else.test',
  ]);
  assert.deepEqual(byHand.forwards.get('@b.test')?.targets, ['x@else.test']);
  assert.deepEqual(
    byHand.faults.map(({ subject }) => subject),
    ['forwards.local line 6', 'forwards.local line 7', 'forwards.local line 8'],
  );
  const { forwards, faults } = createEntryReader(50)(
    new Map([['/mail/a.test/info', '["etcd@else.test"]']]),
    byHand.forwards,
  );
  assert.deepEqual(forwards.get('info@a.test')?.targets[0], 'one@else.test');
  assert.match(
    faults[0]?.reason ?? '',
    /forwards\.local line 3 has this address too, and manual entries take precedence/,
  );
});

test('a manual pattern is accepted if it is for a whole domain, and reported otherwise', () => {
  const text = [
    'info@a.test x@else.test',
    String.raw`/^.*@a\.test$/ a@else.test`,
    String.raw`/@sub\.b\.test$/i b@else.test`,
    String.raw`/^(.+)@c-c\.test$/ c@else.test`,
    '/.*@d.test$/ d@else.test',
    String.raw`/^sales-.*@e\.test$/ e@else.test`,
    String.raw`/@f\.test/ f@else.test`,
    String.raw`/^(.*)@g\.test$/ $1@else.test`,
    String.raw`/^.*@(h|i)\.test$/ h@else.test`,
    String.raw`/^@j\.test$/ j@else.test`,
    String.raw`/@a\.test$/ again@else.test`,
    String.raw`/@k\.test$/`,
  ].join('\n');
  const { forwards, faults } = readLocalForwards(text, { file: 'f', limit: 50 });
  assert.deepEqual(
    [...forwards.values()].map((one) => `${nameOf(one)} ${one.targets}`),
    [
      'info@a.test x@else.test',
      '@a.test a@else.test',
      '@sub.b.test b@else.test',
      '@c-c.test c@else.test',
      '@d.test d@else.test',
    ],
  );
  const reasons = faults.map(({ subject, reason }) => `${subject}: ${reason}`);
  for (const line of [6, 7, 9, 10]) {
    const reason = reasons.find((one) => one.startsWith(`f line ${line}: `));
    assert.match(reason ?? '', /is a pattern, but only patterns for a whole domain are supported/);
  }
  assert.match(reasons.find((one) => one.startsWith('f line 8: ')) ?? '', /\$1@else\.test uses a part of/);
  assert.match(
    reasons.find((one) => one.startsWith('f line 11: ')) ?? '',
    /an earlier line has @a\.test already/,
  );
  assert.match(
    reasons.find((one) => one.startsWith('f line 12: ')) ?? '',
    /there is no address to forward to/,
  );
  assert.equal(reasons.length, 7);
});

test('manual destinations are read, one or several per line, and invalid ones are reported', () => {
  const { domains, faults } = readLocalDestinations(
    'a.test\n# no\nb.test, Müller.test\nnot a domain\n',
    'd.local',
  );
  assert.deepEqual([...domains], ['a.test', 'b.test', 'xn--mller-kva.test']);
  assert.deepEqual(
    faults.map(({ subject }) => subject),
    ['d.local line 4'],
  );
});
