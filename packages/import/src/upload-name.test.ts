import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Domain } from '@freehold/core/domain';
import { parseUploadName } from './upload-name.ts';

const domain = 'example.com' as Domain;
const kindOf = (name: string, isFolder = false) => parseUploadName(name, domain, { isFolder });

test('Archives are recognized by their endings, in any case and with www.', () => {
  for (const [name, packing] of [
    ['example.com.tar', 'tar'],
    ['example.com.tgz', 'gzip'],
    ['Example.COM.ZIP', 'zip'],
    ['www.example.com.tar.xz', 'xz'],
    ['WWW.EXAMPLE.COM.TAR.BZ2', 'bzip2'],
    ['example.com.tbz2', 'bzip2'],
    ['example.com.tzst', 'zstd'],
  ] as const) {
    assert.deepEqual(kindOf(name), { kind: 'archive', packing }, name);
  }
});

test('A folder is recognized in any case, with www., and with non-ASCII letters.', () => {
  for (const name of ['example.com', 'EXAMPLE.com', 'www.Example.com'])
    assert.deepEqual(kindOf(name, true), { kind: 'folder' });
  const umlaut = parseUploadName('Müller.example.zip', 'xn--mller-kva.example' as Domain, {
    isFolder: false,
  });
  assert.deepEqual(umlaut, { kind: 'archive', packing: 'zip' });
});

test('The domain with an unknown ending is not ignored.', () => {
  for (const ending of [
    ...[
      '.rar',
      '.7z',
      '.tar.lz',
      '.gz',
      '.tar.part',
      '.upload',
      '.zip.crdownload',
      ' (1).zip',
      '-backup.zip',
    ],
    ...['_old.tar.gz', '.backup.tar', '.zip.zip', '.sql', '.html', '.tar.gz.filepart', '~', '.'],
  ]) {
    assert.deepEqual(kindOf(`example.com${ending}`), { kind: 'unknown', ending }, ending);
    assert.equal(kindOf(`WWW.Example.com${ending}`).kind, 'unknown', ending);
  }
  assert.equal(kindOf('example.com.upload', true).kind, 'unknown');
});

test('Names that belong to another domain are ignored.', () => {
  for (const name of [
    'example.org',
    'an-example.com',
    'example.company',
    'example.com.br',
    'www.example.com.test',
  ])
    assert.deepEqual(
      [kindOf(name, true), kindOf(`${name}.zip`)],
      [{ kind: 'other' }, { kind: 'other' }],
      name,
    );
  for (const name of [
    'example.com.br.rar',
    'shop.example.com.zip',
    '.example.com.copied',
    'example.com2.zip',
  ])
    assert.deepEqual(kindOf(name), { kind: 'other' }, name);
});
