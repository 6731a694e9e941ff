import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Domain } from '@freehold/core/domain';
import { parseAddress, parseOwnAddress } from '@freehold/core/mail-address';
import { nameOf } from './forward.ts';
import { type Desired, renderFiles } from './render.ts';

const forwardsOf = (entries: Record<string, string[]>) =>
  new Map(
    Object.entries(entries).map(([address, targets]) => {
      const own = parseOwnAddress(address);
      return [nameOf(own), { ...own, targets: targets.map(parseAddress), source: address }];
    }),
  );

const certificate = (name: string) => ({
  path: `/data/runtime/haproxy/approved-certs/${name}.pem`,
  fingerprint: name.padEnd(64, '0'),
});

const cases: Record<string, Desired> = {
  forwards: {
    hostname: 'h1.test',
    destinations: new Set(['h1.test', 'by-hand.test'] as Domain[]),
    forwards: forwardsOf({
      '*@b.test': ['rest@else.test'],
      'info@b.test': ['one@else.test', 'Two@else.test'],
      'info+tag@b.test': ['tag@else.test'],
      'boss@müller.test': ['boss@else.test'],
      '*@a.test': ['info@b.test'],
    }),
    certificates: new Map(['b.test', 'h1.test', 'www.b.test'].map((name) => [name, certificate(name)])),
    defaultCertificate: { path: '/data/runtime/haproxy/default.pem', fingerprint: 'f'.repeat(64) },
  },
  empty: {
    hostname: 'h1',
    destinations: new Set(['h1'] as Domain[]),
    forwards: new Map(),
    certificates: new Map(),
  },
};

/** `UPDATE_GOLDEN=1 npm test --workspace packages/postfix-config` rewrites the files: read the difference. */
for (const [name, desired] of Object.entries(cases)) {
  test(`the files for '${name}' equal those in golden/${name}.*`, async () => {
    const folder = '/data/runtime/postfix';
    for (const [path, text] of renderFiles(desired, folder)) {
      const golden = join(import.meta.dirname, 'golden', `${name}.${basename(path)}`);
      if (process.env.UPDATE_GOLDEN) await writeFile(golden, text);
      assert.equal(text, await readFile(golden, 'utf8'), golden);
    }
  });
}
