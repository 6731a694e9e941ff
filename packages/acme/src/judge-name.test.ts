import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, judgeName, type NameFacts } from './judge-name.ts';

const ours: Answer = { kind: 'ours' };
const other: Answer = { kind: 'other', what: 'answers 404' };
const none: Answer = { kind: 'none', why: 'did not answer within 10 s' };

const facts = (rest: Partial<NameFacts>): NameFacts => ({
  name: 'example.com',
  addresses: [['192.0.2.1', ours]],
  unaware: [],
  ...rest,
});

const judge = (rest: Partial<NameFacts>) => judgeName(facts(rest), '192.0.2.1');

test('a name is ready when every address returns the thumbprint', () => {
  assert.deepEqual(judge({}), { kind: 'ready' });
  assert.deepEqual(
    judge({
      addresses: [
        ['192.0.2.1', ours],
        ['2001:db8::1', ours],
      ],
    }),
    { kind: 'ready' },
  );
});

test('an IPv6 address that a host without IPv6 cannot try is left to the CA', () => {
  const noRoute: Answer = { kind: 'noRoute' };
  const both = judge({
    addresses: [
      ['192.0.2.1', ours],
      ['2001:db8::1', noRoute],
    ],
  });
  assert.deepEqual(both, { kind: 'ready' });
  assert.equal(judge({ addresses: [['2001:db8::1', noRoute]] }).kind, 'uncertain');
});

const faults: Record<string, [Partial<NameFacts>, string, RegExp]> = {
  'no address': [{ addresses: [] }, 'absent', /^example\.com has no address in DNS: add an A or AAAA record/],
  'a CAA record for another CA': [
    { caaFault: 'its CAA records allow only "x"' },
    'wrong',
    /^No certificate may be issued/,
  ],
  'DNS that does not answer': [
    { dnsFault: 'SERVFAIL' },
    'wrong',
    /^DNS gives no answer for example\.com: SERVFAIL\.$/,
  ],
  'an old AAAA record': [
    {
      addresses: [
        ['192.0.2.1', ours],
        ['2001:db8::9', other],
      ],
    },
    'wrong',
    /points to another server: 2001:db8::9 answers 404\./,
  ],
  'a resolver that does not know it yet': [
    { unaware: ['9.9.9.9'] },
    'wrong',
    /not in DNS everywhere yet: 9\.9\.9\.9/,
  ],
  'an address that does not answer beside one that does': [
    {
      addresses: [
        ['192.0.2.1', ours],
        ['2001:db8::9', none],
      ],
    },
    'wrong',
    /cannot be reached from this host: 2001:db8::9 did not answer/,
  ],
  'no address that this host can reach': [
    { addresses: [['192.0.2.1', none]] },
    'uncertain',
    /Port 80 of example\.com/,
  ],
};

for (const [what, [rest, kind, sentence]] of Object.entries(faults)) {
  test(`${what} is reported in a sentence`, () => {
    const verdict = judge(rest);
    assert.equal(verdict.kind, kind);
    assert.match('fault' in verdict ? verdict.fault : '', sentence);
  });
}
