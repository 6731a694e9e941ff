import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from './domain.ts';
import { archiveEndingOf, isUploadFor } from './uploads.ts';

test('an archive is known by the end of its name, in whatever case', () => {
  assert.equal(archiveEndingOf('My Site.TAR.GZ'), '.tar.gz');
  assert.equal(archiveEndingOf('x.tgz'), '.tgz');
  assert.equal(archiveEndingOf('x.gz'), undefined);
});

test('a folder or archive with the name of a domain is its upload, and nothing else', () => {
  const isUpload = (name: string) => isUploadFor(name, parseDomain('example.com'));
  for (const name of ['example.com', 'WWW.Example.com', 'example.com.zip', 'www.example.com.TAR.XZ'])
    assert.ok(isUpload(name), name);
  for (const name of [
    'example.com.au',
    'example.com.rar',
    '.example.com.12',
    '.add-example.com',
    'a.example.com',
  ])
    assert.ok(!isUpload(name), name);
});

test('an upload is known by the name of its domain with letters beyond ASCII', () => {
  for (const name of ['müller.example', 'www.Müller.example.tar', 'xn--mller-kva.example.ZIP'])
    assert.ok(isUploadFor(name, parseDomain('müller.example')), name);
});
