import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddRequest, checkAdd, type HostSeen } from './checks.ts';
import { chooseMeans } from './plan.ts';
import { checkTake, chooseImportable, expectSent, importPath, type SourceSeen } from './source.ts';

const pages: HostSeen = {
  ...{ hasApp: true, unit: 'inactive', isEnabled: false, used: 10, uploads: [], filled: [] },
  ...{ pagesFolder: 'static/www-content', hasAddress: false, appsWithAddress: ['static-git'] },
};
const git: HostSeen = { ...pages, pagesFolder: undefined, addressFile: 'static-git/GITURL' };
const folder: SourceSeen = { kind: 'folder', isEmpty: false, hasKey: false };
const from = (seen: SourceSeen): Partial<AddRequest> => ({ source: { path: './x', seen } });

function check(request: Partial<AddRequest>, seen: Partial<HostSeen>, host: HostSeen = pages) {
  const app = host === git ? 'static-git' : 'static';
  return checkAdd({ domain: 'a.test', app, take: false, ...request }, { ...host, ...seen });
}

for (const [what, request, seen, code, reason] of [
  ['an unknown app', {}, { hasApp: false }, 'usage', /no app 'static'/],
  ['a site of another app', {}, { otherApp: 'wordpress' }, 'usage', /a\.test is a wordpress site already/],
  ['a full bridge', {}, { used: 1023 }, 'failed', /room for only 1023: add a\.test .* Nothing was changed/],
  ['two origins', { ...from(folder), address: 'x' }, {}, 'usage', /exclude each other/],
  ['a missing source', from({ kind: 'missing' }), {}, 'usage', /Cannot import '\.\/x': no such folder/],
  ['another file', from({ kind: 'file' }), {}, 'usage', /neither a folder nor an archive.*\.tar \.tar\.gz/],
  ['an empty folder', from({ ...folder, isEmpty: true }), {}, 'usage', /'\.\/x' is empty/],
  [
    'a waiting import',
    from({ kind: 'missing' }),
    { uploads: ['/data/import/a.test'] },
    'failed',
    /pending already/,
  ],
  [
    'existing data',
    from(folder),
    { filled: ['/data/domains/a.test/static'] },
    'failed',
    /has data in \S+static, and/,
  ],
  ['a repository', { address: 'x' }, {}, 'usage', /--git requires an app with a repository \(static-git\)/],
  [
    'pages with a key',
    from({ ...folder, hasKey: true, pages: './x' }),
    {},
    'usage',
    /both pages and a key.*\.\/x\/static\/www-content/,
  ],
  [
    'a symbolic link to take',
    { ...from({ ...folder, link: '/srv/x' }), take: true },
    {},
    'usage',
    /use \/srv\/x or --from/,
  ],
] as const) {
  test(`a site is refused for ${what}`, () => {
    assert.throws(
      () => check(request, seen),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, reason);
        return true;
      },
    );
  });
}

test('an app with a repository needs its address, or data that may have it', () => {
  assert.throws(() => check({}, {}, git), /Missing repository: --git/);
  check({ address: 'x' }, {}, git);
  check(from(folder), {}, git);
  check({}, { hasAddress: true }, git);
  check({}, { uploads: ['/data/import/a.test.zip'] }, git);
  assert.throws(
    () => check({ address: 'x' }, { filled: ['/data/domains/a.test/static-git'] }, git),
    /has data in/,
  );
});

test('a host whose bridge is nearly full warns, unless the site runs already', () => {
  assert.deepEqual(check({}, { used: 949 }).warnings, []);
  assert.match(check({}, { used: 950 }).warnings.join(), /runs 950 sites.*plan for another host/);
  assert.deepEqual(check({}, { used: 1023, unit: 'active' }).warnings, []);
});

test('a source is imported as an archive, as a tree, or as pages', () => {
  const choose = (seen: SourceSeen, pagesFolder: string | undefined = pages.pagesFolder) =>
    importPath('a.test', chooseImportable({ path: 'x', seen }, { domain: 'a.test', pagesFolder }));
  assert.equal(choose({ kind: 'file', ending: '.tgz' }), '/data/import/a.test.tgz');
  assert.equal(choose(folder), '/data/import/a.test');
  assert.equal(choose({ ...folder, hasKey: true }), '/data/import/a.test');
  assert.equal(choose({ ...folder, pages: 'x/html' }), '/data/import/a.test/static/www-content');
});

test('a source is renamed only with --take, and on the disk of /data/import', () => {
  const means = (take: boolean, isOnDisk: boolean) =>
    chooseMeans({ hasSource: true, hasAddress: false, take }, isOnDisk);
  assert.deepEqual([means(true, true), means(true, false), means(false, true)], ['rename', 'copy', 'copy']);
  assert.throws(() => checkTake({ path: 'x', seen: { kind: 'file', ending: '.zip', link: '/y.zip' } }));
});

test("a control machine's --dry-run is checked as if its upload were there", () => {
  const expect = (path: string) => {
    const source = expectSent(path, 'a.test');
    return source && check({ source, take: true }, {}, git).importable?.kind;
  };
  assert.equal(expect('/data/import/.add-a.test'), 'tree');
  assert.equal(expect('/data/import/.add-a.test.tar.gz'), 'archive');
  for (const path of ['/data/import/.add-a.test.rar', '/data/import/.add-b.test', '/srv/a.test'])
    assert.equal(expect(path), undefined);
  const source = expectSent('/data/import/.add-a.test', 'a.test');
  assert.throws(
    () => check({ source, take: true }, { filled: ['/data/domains/a.test/static'] }),
    /has data in/,
  );
});
