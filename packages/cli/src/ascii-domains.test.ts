import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withAsciiDomains } from './ascii-domains.ts';
import type { CommandSpec } from './command.ts';

const spec: CommandSpec = {
  path: 'site test',
  summary: 'Tests',
  args: [
    {
      name: 'DOMAIN',
      meaning: 'the site',
      completes: 'domain',
      isOnlyHere: (word) => word.endsWith('.pem'),
    },
    { name: 'FILE', meaning: 'a file', completes: 'file', many: true },
  ],
  examples: [],
  does: { change: async () => undefined },
};

test('A domain name with letters beyond ASCII is read in its ASCII form, and no other argument is changed.', () => {
  assert.deepEqual(withAsciiDomains(spec, ['Müller.example', 'für.zip', 'ä']), [
    'xn--mller-kva.example',
    'für.zip',
    'ä',
  ]);
  assert.deepEqual(withAsciiDomains(spec, ['./müller.example.pem']), ['./müller.example.pem'], 'a file');
  assert.deepEqual(withAsciiDomains(spec, ['Example.com']), ['Example.com'], 'the command refuses it');
});

test('A name that has no ASCII form is refused.', () => {
  assert.throws(() => withAsciiDomains(spec, ['mü ller.example']), /"mü ller\.example" is not a domain name/);
});
