import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { hostSettings } from './host.ts';
import { absolutePath, readSettings, wholeNumber } from './settings.ts';

const entries = {
  COUNT: wholeNumber({ min: 1, max: 10, preset: 5 }),
  FOLDER: absolutePath('/data'),
  NAME: v.string(),
  API_TOKEN: v.optional(v.pipe(v.string(), v.minLength(10, 'ten characters are required'))),
};

test('An unset or empty setting has its default.', () => {
  const settings = readSettings(entries, { NAME: 'n', COUNT: '', UNKNOWN: 'x' });
  assert.deepEqual(settings, { COUNT: 5, FOLDER: '/data', NAME: 'n', API_TOKEN: undefined });
});

test('All invalid settings are reported at once, with their values.', () => {
  const wrong = { COUNT: '11', FOLDER: '../data' };
  assert.throws(() => readSettings(entries, wrong), {
    code: 'usage',
    message:
      'Invalid settings: COUNT is 11, but a whole number from 1 to 10 is required; ' +
      'FOLDER is "../data", but an absolute path without spaces or ".." is required; NAME is not set.',
  });
});

test('The value of a secret is not repeated.', () => {
  assert.throws(
    () => readSettings(entries, { NAME: 'n', API_TOKEN: 'hunter2' }),
    (error: Error) =>
      /API_TOKEN is a secret value, but ten/.test(error.message) && !error.message.includes('hunter2'),
  );
});

test('Only a whole number is accepted as a whole number.', () => {
  for (const COUNT of ['0', '-1', '1.5', '1e1', ' 5', '0x5', 'NaN', '5\n', '٥']) {
    assert.throws(() => readSettings(entries, { NAME: 'n', COUNT }), /COUNT/, COUNT);
  }
});

test('A path cannot escape through "..".', () => {
  for (const FOLDER of [
    'data',
    '/data/../etc',
    '/..',
    '/../etc',
    '/da ta',
    '/data\n',
    '/"x"',
    "/'",
    '/a/..',
    '/\0',
  ]) {
    assert.throws(() => readSettings(entries, { NAME: 'n', FOLDER }), /FOLDER/, FOLDER);
  }
  for (const FOLDER of ['/', '/a..b', '/.hidden/...', '/data/']) {
    assert.equal(readSettings(entries, { NAME: 'n', FOLDER }).FOLDER, FOLDER);
  }
});

test('The name of a host, its boot and the address of etcd have defaults.', () => {
  const settings = readSettings(hostSettings, { FREEHOLD_HOST: 'Host1.Example.net' });
  assert.equal(settings.FREEHOLD_HOST, 'host1.example.net');
  assert.match(settings.FREEHOLD_BOOT_ID, /^[0-9a-f-]{36}$/);
  assert.deepEqual(settings.FREEHOLD_ETCD, ['http://127.0.0.1:2379']);
});

test('Several etcd servers are separated by commas, and anything but a URL is refused.', () => {
  const FREEHOLD_ETCD = 'http://10.0.0.1:2379,https://10.0.0.2:2379';
  assert.equal(readSettings(hostSettings, { FREEHOLD_ETCD, FREEHOLD_HOST: 'h' }).FREEHOLD_ETCD.length, 2);
  for (const bad of ['10.0.0.1:2379', 'http://a/path', 'http://a,', 'http://a b']) {
    assert.throws(
      () => readSettings(hostSettings, { FREEHOLD_ETCD: bad, FREEHOLD_HOST: 'h' }),
      /FREEHOLD_ETCD/,
    );
  }
  assert.throws(() => readSettings(hostSettings, { FREEHOLD_HOST: 'a/b' }), /FREEHOLD_HOST is "a\/b"/);
});
