import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { planDropIn } from './drop-in.ts';
import { formatBytes, parseChanges } from './limit-values.ts';
import { assignmentsIn, limitsOf, type UnitSources } from './limits.ts';

const units = join(import.meta.dirname, '../../../../unit-files');
const textOf = (template: string) => readFileSync(join(units, `${template}@.service`), 'utf8');

/** A site's unit as it is in this repository, with host.env and further files. */
function sourcesOf(template: string, hostEnv = '', more: Partial<UnitSources> = {}): UnitSources {
  const path = `/etc/systemd/system/${template}@.service`;
  return {
    unit: `${template}@a.test.service`,
    fragments: [{ path, text: textOf(template) }, ...(more.fragments ?? [])],
    files: [{ path: '/etc/freehold/host.env', text: hostEnv }, ...(more.files ?? [])],
  };
}

test('every app has limits of memory and processes, by the names of its own unit', () => {
  for (const file of globSync('apps/*.conf', { cwd: units })) {
    const app = basename(file, '.conf');
    const names = limitsOf([sourcesOf(app)]).map(({ name }) => name);
    for (const name of ['memory', 'pids']) assert.ok(names.includes(name), `${app} has ${names.join(', ')}`);
  }
});

test('a WordPress has the limits of its database too', () => {
  const limits = limitsOf([sourcesOf('wordpress'), sourcesOf('mysql')]);
  assert.deepEqual(
    limits.map(({ name, value }) => `${name}=${value}`),
    ['memory=512m', 'pids=64', 'upload-mb=64', 'mysql-memory=256m', 'mysql-pids=128'],
  );
});

test('without other settings the value is that of the unit', () => {
  const [memory] = limitsOf([sourcesOf('static')]);
  assert.deepEqual(memory, {
    name: 'memory',
    variable: 'FREEHOLD_SITE_MEMORY',
    unit: 'static@a.test.service',
    preset: '64m',
    value: '64m',
    origin: '/etc/systemd/system/static@.service',
  });
});

test('host.env takes precedence over Environment= in a drop-in, and that is reported', () => {
  const dropIn = { path: '/x/override.conf', text: '[Service]\nEnvironment=FREEHOLD_SITE_MEMORY=1g\n' };
  const alone = limitsOf([sourcesOf('static', '', { fragments: [dropIn] })])[0];
  assert.deepEqual([alone?.value, alone?.origin, alone?.overridden], ['1g', '/x/override.conf', undefined]);
  const lost = limitsOf([sourcesOf('static', 'FREEHOLD_SITE_MEMORY=32m', { fragments: [dropIn] })])[0];
  assert.deepEqual(
    [lost?.value, lost?.origin, lost?.overridden],
    ['32m', '/etc/freehold/host.env', '/x/override.conf'],
  );
});

test('limits from site set take precedence over host.env, and a second limit keeps the first', () => {
  const hostEnv = 'FREEHOLD_SITE_MEMORY=32m';
  const before = sourcesOf('static', hostEnv);
  const planned = planDropIn(before.unit, undefined, parseChanges(['memory=256M'], limitsOf([before])));
  const path = '/etc/systemd/system/static@a.test.service.d/limits.conf';
  const expected = `[Service]\nEnvironmentFile=-${path}\n\n[X-Freehold]\nFREEHOLD_SITE_MEMORY=256m\n`;
  assert.deepEqual({ ...planned, text: planned.text?.replace(/^#.*\n/, '') }, { path, text: expected });
  const own = { path, text: planned.text ?? '' };
  const after = limitsOf([sourcesOf('static', hostEnv, { fragments: [own], files: [own] })]);
  assert.deepEqual([after[0]?.value, after[0]?.origin, after[0]?.overridden], ['256m', path, undefined]);
  const both = planDropIn(before.unit, own.text, parseChanges(['pids=9'], after));
  assert.match(both.text ?? '', /\n\[X-Freehold\]\nFREEHOLD_SITE_MEMORY=256m\nFREEHOLD_SITE_PIDS=9\n$/);
});

test('setting the last own value back to the default removes the drop-in', () => {
  const unit = 'static@a.test.service';
  const limits = limitsOf([sourcesOf('static')]);
  const { text } = planDropIn(unit, undefined, parseChanges(['memory=1g'], limits));
  assert.equal(planDropIn(unit, text, parseChanges(['memory=default'], limits)).text, undefined);
});

for (const [word, reason] of [
  ['memory', /is not of the form NAME=VALUE/],
  ['ram=1g', /has no limit 'ram'\. It has: memory, pids\./],
  ['memory=lots', /memory cannot be 'lots'/],
  ['memory=5m', /the minimum is 6m/],
  ['memory=-1', /memory cannot be '-1'/],
  ['memory=', /memory cannot be ''/],
  ['pids=0', /pids cannot be '0'/],
  ['pids=9999999', /from 1 to 4194304/],
  ['pids=1\nX=2', /is not of the form NAME=VALUE/],
] as const) {
  test(`'${word.replace('\n', '\\n')}' is refused`, () => {
    assert.throws(() => parseChanges([word], limitsOf([sourcesOf('static')])), {
      code: 'usage',
      message: reason,
    });
  });
}

test('bytes are printed as a size that can be set', () => {
  assert.deepEqual([67_108_864, 2 ** 30, 1024 * 3, 1000, 0].map(formatBytes), [
    '64m',
    '1g',
    '3k',
    '1000',
    '0',
  ]);
});

test('a limit that is set twice is refused', () => {
  assert.throws(
    () => parseChanges(['pids=1', 'pids=2'], limitsOf([sourcesOf('static')])),
    /'pids' is set twice/,
  );
});

test('Environment= lines are read with quotes, several assignments and continued lines', () => {
  const text = `Environment=A=1 "B=two words" 'C=3'\nEnvironment=D=4 \\\n  E=5\nEnvironmentFile=-/F=6\n`;
  assert.deepEqual(
    [...assignmentsIn(text)],
    [
      ['A', '1'],
      ['B', 'two words'],
      ['C', '3'],
      ['D', '4'],
      ['E', '5'],
    ],
  );
});
