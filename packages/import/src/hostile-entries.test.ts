// Archives with entries that are neither file nor folder, with duplicates, and with wrong headers.
import { afterEach, beforeEach, test } from 'node:test';
import { index, pax, type TarEntry, tar } from './archive-under-test.ts';
import { type Attack, assertRefused } from './refusal-under-test.ts';
import { makeSite, type SiteUnderTest } from './site-under-test.ts';

const web = 'static/www-content';
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
});
afterEach(() => site.remove());

const attacks: readonly Attack[] = [
  [
    'A character device',
    [{ path: `${web}/null`, type: '3' }],
    /null" in it is a device, which cannot be imported/,
  ],
  ['A block device', [{ path: `${web}/sda`, type: '4' }], /sda" in it is a device/],
  ['A pipe', [{ path: `${web}/pipe`, type: '6' }], /pipe" in it is a pipe/],
  ['A sparse file', [{ path: `${web}/sparse`, type: 'S', content: 'x' }], /is a sparse file/],
  ['A sparse file by pax', [pax({ 'GNU.sparse.major': '1' }), { path: 'GNUSparseFile.0/a' }], /is sparse/],
  ['An unknown type', [{ path: `${web}/odd`, type: 'Z', content: 'x' }], /odd" in it is of a type that/],
  [
    'Part of another volume',
    [{ path: `${web}/part`, type: 'M', content: 'x' }],
    /part" in it is of a type that/,
  ],
  ['A dump of a folder', [{ path: `${web}/dump`, type: 'D', content: 'x' }], /dump" in it is of a type that/],
  [
    'A file that appears twice',
    [
      { path: 'a', content: '1' },
      { path: './a', content: '2' },
    ],
    /"a" appears twice in it/,
  ],
  ['A file instead of a folder', [{ path: 'a/b' }, { path: 'a' }], /"a" appears twice in it/],
  ['A folder instead of a file', [{ path: 'a' }, { path: 'a', type: '5' }], /"a" appears twice in it/],
  [
    'A file below a file',
    [{ path: 'a' }, { path: 'a/b' }],
    /"a\/b" in it lies below an entry that is not a folder/,
  ],
  [
    'A file deep below a file',
    [{ path: 'a' }, { path: 'a/b/c' }],
    /"a\/b\/c" in it lies below an entry that is no/,
  ],
  [
    'A link below a file',
    [{ path: 'a/b' }, { path: 'a/b/c', type: '2', target: 'd' }],
    /"a\/b\/c" in it lies below/,
  ],
  [
    'A file larger than the limit',
    [{ path: 'a', size: 2 ** 40 }],
    /than 100 GB\. To allow that, raise FREEHOLD_IMPORT_MAX_GB/,
  ],
  ['A size that no number holds', [{ path: 'a', size: 2 ** 60 }], /damaged: .*safe integer/],
  ['A size that is larger than the archive', [{ path: 'a', size: 1e9 }], /it is truncated/],
  [
    'A global header with names',
    [pax({ path: 'a' }, 'g'), { path: 'b' }],
    /sets the same path for all of its entries/,
  ],
  ['A global header with a size', [pax({ size: '0' }, 'g'), { path: 'b' }], /the same size/],
  ['A pax size that is no number', [pax({ size: '1e9' }), { path: 'b' }], /malformed extended header/],
  ['A pax record of a wrong length', [record('99 path=a\n')], /malformed extended header/],
  ['A pax record without an end', [record('9 path=ab')], /malformed extended header/],
  ['A pax record without a key', [record('9 paths.\n')], /malformed extended header/],
  ['A pax record of no length', [record('0 path=a\n')], /malformed extended header/],
  [
    'A header as large as a file',
    [pax({ comment: 'x'.repeat(300_000) })],
    /an extended header has 300\d+ bytes/,
  ],
];

for (const [what, entries, reason] of attacks) {
  test(`${what} is refused.`, () => assertRefused(site, tar(index, ...entries), reason));
}

function record(content: string): TarEntry {
  return { path: 'PaxHeader', type: 'x', content };
}
