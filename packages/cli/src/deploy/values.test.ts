import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostSites } from './answers.ts';
import { parseAppTests } from './app-tests.ts';
import { firstSeries, whyNotReadable } from './databases.ts';
import { formatSize, knownFiles, parseLayers } from './layers.ts';
import { formatUnfinished, parseBefore } from './unfinished.ts';
import { keepsByHand, versionsToForget, withVersion } from './versions.ts';

test('a site is lost that answers no more, or not found where it had a page', () => {
  const before = new Map(
    Object.entries({ 'a.test': '200', 'b.test': '301', 'c.test': '404', 'd.test': '503' }),
  );
  const lost = (now: Record<string, string>) =>
    lostSites(before, new Map(Object.entries(now))).map(({ domain, now }) => `${domain} ${now}`);
  assert.deepEqual(lost({ 'a.test': '503', 'b.test': '404', 'c.test': '404', 'd.test': '000' }), [
    'a.test 503',
    'b.test 404',
  ]);
  assert.deepEqual(
    lost({ 'a.test': '301', 'c.test': '000' }),
    ['c.test 000'],
    '4xx is an answer of the site',
  );
  assert.deepEqual(lost({ 'new.test': '503' }), [], 'a failure of its own is nobody else’s');
});

test('a database server reads the data of its own series and of older ones', () => {
  const database = {
    app: 'wordpress',
    image: 'mysql',
    server: 'MariaDB',
    program: 'mariadbd',
    files: '',
    record: '',
  };
  const check = (target: string, series: string | undefined) =>
    whyNotReadable('v1', database, target, [{ domain: 'a.test', series }]);
  assert.equal(check('11.8', '11.8'), undefined);
  assert.equal(check('10.11', '10.9'), undefined, 'by numbers');
  assert.match(check('10.11', '11.8') ?? '', /Cannot switch to version v1: its MariaDB 10\.11 cannot read/);
  assert.match(
    check('10.11', '11.8') ?? '',
    /a\.test \(11\.8\)\. Nothing was changed\.[\s\S]*remove-site\.sh/,
  );
  assert.match(check('11.8', undefined) ?? '', /a\.test \(unknown\)/);
  assert.equal(firstSeries('mariadbd  Ver 11.8.3-MariaDB for Linux'), '11.8');
});

test('the three newest versions stay, and those in use', () => {
  assert.deepEqual(versionsToForget(['e', 'd', 'c', 'b', 'a'], ['e', 'b']), ['a']);
  assert.deepEqual(versionsToForget(['b', 'a'], ['b']), []);
});

test('a host without a version is kept as by-hand, but neither a bare one nor one whose first deploy failed', () => {
  for (const [path, hasScripts, kept] of [
    ['/opt/freehold', true, true],
    ['/opt/freehold-by-hand', true, true],
    ['/root/freehold', true, true],
    ['/opt/freehold-0123456789-012345', true, false],
    ['', false, false],
  ] as const)
    assert.equal(keepsByHand({ path, hasScripts }), kept, path);
});

test('host.env gets the version, and keeps all else', () => {
  assert.equal(withVersion('# x\nA=1\n', 'v2'), '# x\nA=1\nFREEHOLD_VERSION=v2\n');
  assert.equal(withVersion('FREEHOLD_VERSION=v1\nA=1', 'v2'), 'A=1\nFREEHOLD_VERSION=v2\n');
  assert.equal(withVersion('A=1\nFREEHOLD_VERSION=v2\n', 'v2'), 'A=1\nFREEHOLD_VERSION=v2\n');
});

test('the note of a switch tells which version was good, as notes of earlier versions do', () => {
  const note = {
    before: 'v1',
    target: 'v1',
    script: '/opt/freehold-v2/scripts/host/switch-version.sh',
    name: 'h1.test',
  };
  assert.equal(parseBefore(formatUnfinished(note)), 'v1');
  assert.match(formatUnfinished(note), /^ExecStart=\/bin\/bash \/opt\S+ v1 h1\.test$/m);
  assert.equal(parseBefore(formatUnfinished({ ...note, before: '' })), undefined);
  assert.equal(parseBefore('# Before: by-hand\n[Unit]\n'), 'by-hand');
});

test('each line Test= of a declaration is one call', () => {
  assert.deepEqual(parseAppTests('Images=a\nTest=a nginx -v\nTest=b node /x --help\nTest=\n'), [
    { image: 'a', program: 'nginx', args: ['-v'] },
    { image: 'b', program: 'node', args: ['/x', '--help'] },
  ]);
});

test('an image without layers has none', () => {
  assert.deepEqual(parseLayers('["base","a"]\nnull\n'), [['base', 'a'], []]);
});

test('the files of layers that a server has above the same ones are not sent', () => {
  const images = [
    { tag: 'a:1', layers: ['base', 'a'] },
    { tag: 'b:1', layers: ['base', 'b'] },
    { tag: 'c:1', layers: ['other', 'a'] },
  ];
  const manifest = [
    { RepoTags: ['a:1'], Layers: ['base.tar', 'a.tar'] },
    { RepoTags: ['b:1'], Layers: ['base.tar', 'b.tar'] },
    { RepoTags: ['c:1'], Layers: ['other.tar', 'a.tar'] },
  ];
  assert.deepEqual(knownFiles(images, [['base', 'b', 'more']], manifest), ['base.tar', 'b.tar']);
  assert.deepEqual(
    knownFiles(images, [['base', 'a']], manifest),
    ['base.tar'],
    'the same file above another layer',
  );
  assert.deepEqual(knownFiles(images, [['a', 'base']], manifest), []);
  assert.deepEqual(knownFiles([], [['base', 'a']], manifest), [], 'an image that is not ours');
});

test('sizes are rounded up to two digits or three', () => {
  assert.deepEqual([0, 999, 1000, 176_400, 9_950_000, 534_000_000, 999_999].map(formatSize), [
    '0',
    '999',
    '1.0k',
    '177k',
    '10.0M',
    '534M',
    '1.0M',
  ]);
});
