import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { chooseApp, findRequiredApps } from './site-apps.ts';

const domain = parseDomain('example.com');

test('The site app is found among the units that require the data.', () => {
  assert.deepEqual(findRequiredApps('static@example.com.service mysql@example.com.service\n', domain), [
    'static',
  ]);
  assert.deepEqual(findRequiredApps('static-git@example.com.service', domain), ['static-git']);
  assert.deepEqual(findRequiredApps('static@EXAMPLE.com.service', domain), ['static']);
});

test("A database that is started without its site needs WordPress's data.", () => {
  assert.deepEqual(findRequiredApps('mysql@example.com.service', domain), ['wordpress']);
  assert.deepEqual(findRequiredApps('mysql@other.test.service', domain), []);
});

test('Units of other domains, of other kinds and of no kind at all are ignored.', () => {
  const units =
    'static@other.test.service discovery@example.com.service multi-user.target static@example.com.timer';
  assert.deepEqual(
    findRequiredApps(`${units} static.service static@.service @ static@../x.service \0`, domain),
    [],
  );
  assert.deepEqual(findRequiredApps('', domain), []);
});

test('No site app, two of them, and an unknown one are each refused with a reason.', () => {
  assert.equal(chooseApp(['static', 'static'], domain).name, 'static');
  assert.throws(
    () => chooseApp([], domain),
    /No site needs the data of example\.com: none of .*\bstatic\b.* or \w+ requires it/,
  );
  assert.throws(
    () => chooseApp(['wordpress', 'static'], domain),
    /wordpress@example\.com and static@example\.com were/,
  );
  assert.throws(() => chooseApp(['drupal'], domain), { code: 'usage', message: /Unknown site app "drupal"/ });
});
