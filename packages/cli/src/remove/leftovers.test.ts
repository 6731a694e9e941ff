import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeLeftovers, isMovedCopy, type Leftovers, mentions, summarize } from './leftovers.ts';

const nothing: Leftovers = {
  ...{
    domain: 'a.test',
    data: [],
    uploads: [],
    moved: [],
    settings: [],
    certificates: [],
    linked: [],
    mounted: [],
  },
  ...{ moving: [], forwards: [], mailFiles: [], isMember: false },
};

test('each thing that is left has the command that removes it', () => {
  const lines = describeLeftovers({
    ...nothing,
    data: ['/data/domains/a.test'],
    uploads: ["/data/import/A.test's.zip"],
    forwards: ['info', '*'],
    mailFiles: ['/data/runtime/postfix/forwards.local'],
  });
  assert.deepEqual(lines, [
    "/data/domains/a.test (data; scripts/add-site.sh a.test adds the site again): rm -r '/data/domains/a.test'",
    "/data/import/A.test's.zip (pending import): rm -r '/data/import/A.test'\\''s.zip'",
    "mail for info@a.test is still forwarded: scripts/mail.sh remove 'info@a.test'",
    "mail for *@a.test is still forwarded: scripts/mail.sh remove '*@a.test'",
    '/data/runtime/postfix/forwards.local mentions a.test: edit the file',
  ]);
  assert.equal(summarize('a.test', lines.slice(4)), `a.test is removed. Left on this host:\n  ${lines[4]}`);
});

test('a mounted file system that was emptied is to be unmounted, and not deleted', () => {
  const path = '/data/domains/a.test';
  assert.deepEqual(describeLeftovers({ ...nothing, data: [path], mounted: [path] }), [
    `${path} (the root of a mounted file system, empty): umount '${path}'`,
  ]);
});

test('on a member of a cluster, only the operator removes mail forwards', () => {
  const [line] = describeLeftovers({ ...nothing, forwards: ['info'], isMember: true });
  assert.match(line ?? '', /scripts\/mail\.sh --as FOLDER remove 'info@a\.test'$/);
});

test('what etcd does not tell is no nothing', () => {
  assert.match(describeLeftovers({ ...nothing, forwards: undefined }).join(), /etcd does not answer/);
  assert.equal(
    summarize('a.test', describeLeftovers(nothing)),
    'a.test is removed. Nothing of it is left on this host.',
  );
});

test('a file mentions a domain, and not another one that contains its name', () => {
  assert.ok(mentions('x@b.test y@b.test\ninfo@a.test me@c.test\n', 'a.test'));
  assert.ok(mentions('a.test', 'a.test'));
  assert.ok(!mentions('info@a.test.example\ninfo@aa.test\ninfo@b-a.test\ninfo@axtest\n', 'a.test'));
});

test('copies of moves are those of the domain itself', () => {
  const names = [
    'a.test',
    'a.test-20261124-031500',
    'a.test-20261124-031500.example',
    'a.test.example',
    'b.a.test',
  ];
  assert.deepEqual(
    names.filter((name) => isMovedCopy('a.test', name)),
    names.slice(0, 2),
  );
});
