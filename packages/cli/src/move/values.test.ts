// What goes between the two servers of a move, and into etcd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { announcementOf, isShared, otherHosts } from './announcement.ts';
import { compareVersions, formatDescription, parseDescription, whyNoRoom } from './description.ts';
import { formatWritten, parseRoutes, parseWritten, routesToGiveBack, routesToWrite } from './mail-routes.ts';
import { settingsToInstall } from './unit-settings.ts';

test('a description is parsed as it was written, and invalid ones are refused', () => {
  const text = '2048 200 11.8.3 h1.example.com 0123456789abcdef';
  assert.equal(formatDescription(parseDescription(`${text}\n`)), text);
  for (const wrong of [
    '',
    'x 200 - h1 ab',
    '1 20 - h1 ab',
    '1 200 - h1;x ab',
    '1 200 - h1 zz',
    `${text} more`,
  ])
    assert.throws(() => parseDescription(wrong), /sent an invalid description/);
});

test('a site moves only to a host that has room for it and can read its database', () => {
  const mega = (megabytes: number) => megabytes * 1024;
  const site = { kilobytes: mega(100), database: '11.8.3' };
  assert.match(
    whyNoRoom('a.test', site, { kilobytes: mega(105) }) ?? '',
    /a\.test needs 100 MB, but \/data on this host has only 105 MB free/,
  );
  const room = { kilobytes: mega(500), server: 'MariaDB' };
  assert.match(
    whyNoRoom('a.test', site, { ...room, database: '11.4.9' }) ?? '',
    /MariaDB 11\.8\.3, but this host has 11\.4\.9/,
  );
  for (const database of ['11.8.3', '11.10.1', undefined])
    assert.equal(whyNoRoom('a.test', site, { ...room, database }), undefined);
  assert.ok(compareVersions('11.8', '11.8.1') < 0 && compareVersions('12', '11.9') > 0);
});

test('only forwards that differ are written, and a member of a cluster writes none', () => {
  const text = '/mail/a.test/info\n["x@b.test"]\n/mail/a.test/*\n["y@b.test"]\n';
  const sent = parseRoutes('a.test', text);
  const here = new Map([['/mail/a.test/info', '["x@b.test"]']]);
  const written = routesToWrite('a.test', sent, here, false);
  assert.deepEqual(written, [{ key: '/mail/a.test/*', value: '["y@b.test"]', before: '' }]);
  assert.throws(
    () => routesToWrite('a.test', sent, here, true),
    /does not have the mail forward of \*@a\.test/,
  );
  assert.deepEqual(routesToWrite('a.test', sent.slice(0, 1), here, true), []);
  assert.throws(() => parseRoutes('a.test', '/mail/b.test/info\n[]\n'), /is not a mail forward of a\.test/);
  assert.deepEqual(parseWritten(formatWritten(written)), written);
});

test('after a move that failed, forwards are as before it, except those that somebody has changed since', () => {
  const written = [
    { key: '/mail/a.test/one', before: '', value: '[1]' },
    { key: '/mail/a.test/two', before: '[0]', value: '[2]' },
    { key: '/mail/a.test/three', before: '', value: '[3]' },
    // Noted and not written, as the step was killed.
    { key: '/mail/a.test/four', before: '', value: '[4]' },
  ];
  const now = new Map([
    ['/mail/a.test/one', '[1]'],
    ['/mail/a.test/two', '[2]'],
    ['/mail/a.test/three', '[9]'],
  ]);
  assert.deepEqual(routesToGiveBack(written, now), [
    { key: '/mail/a.test/two', value: '[0]' },
    { key: '/mail/a.test/one', value: '' },
  ]);
});

test("hosts share an etcd if one's record of its present boot is in the etcd of the other", () => {
  const record = '{"ip":"172.30.0.5","port":80,"boot":"01ab-23cd"}';
  assert.equal(isShared(record, '01ab23cd'), true);
  assert.equal(isShared('{"boot":"01ab-23cd"}', '01ab23cd'), true);
  for (const other of ['', 'nonsense', '{"boot":"ffff"}']) assert.equal(isShared(other, '01ab23cd'), false);
});

test('a site is announced in the form of discovery, and other hosts are found by the keys of all records', () => {
  const domain = parseDomain('a.test');
  const address = { ip: '172.30.0.5', port: 80 };
  assert.deepEqual(announcementOf({ app: 'static', domain, host: 'h2', boot: '01ab', address }), {
    key: '/services/static/a.test/h2',
    value: '{"ip":"172.30.0.5","port":80,"boot":"01ab"}',
  });
  const keys = [
    '/services/static/a.test/h2',
    '/services/static/a.test/h1',
    '/services/wordpress/a.test/h3',
    '/x/y/a.test/h4',
  ];
  assert.deepEqual(otherHosts(keys, 'a.test', 'h2'), ['h1', 'h3']);
});

test("either all settings of the site's own units are installed, or none", () => {
  const own = 'static@a.test.service.d/limits.conf';
  const sent = new Map([[own, 'x']]);
  assert.deepEqual(settingsToInstall('a.test', sent, new Map()), [own]);
  assert.deepEqual(settingsToInstall('a.test', sent, new Map([[own, 'x']])), []);
  assert.throws(
    () => settingsToInstall('a.test', sent, new Map([[own, 'y']])),
    /limits\.conf exists on this host already and differs/,
  );
  for (const path of [
    'static@b.test.service.d/x.conf',
    'static@a.test.service',
    '../x.conf',
    'static@a.test.service.d/../x.conf',
    'static@a.test.au.service.d/x.conf',
  ])
    assert.throws(
      () => settingsToInstall('a.test', new Map([...sent, [path, 'x']]), new Map()),
      /is not a setting of a unit/,
    );
});
