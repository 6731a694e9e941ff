// The settings in code and docs/reference/settings.md, in both directions.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../run/test-files.ts';
import { readPage, rowsOf } from './pages.ts';

const page = readPage('docs/reference/settings.md');
const name = /FREEHOLD_[A-Z0-9_]*[A-Z0-9]/g;

/** Files that read or pass settings. Variables of the tests themselves begin with FREEHOLD_E2E_. */
const sources = globSync(
  ['packages/*/src/**/*.ts', 'scripts/**/*', 'unit-files/**/*', 'images/**/*', 'cloud-config'],
  { cwd: root, withFileTypes: true },
)
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter(
    (path) => !/\/packages\/(e2e|testing)\/|\.(test|drill)\.ts$|-under-test\.ts$|machine-ca\.crt$/.test(path),
  )
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Abbreviations in messages, as in 'FREEHOLD_ETCD_…'. */
const isWhole = (text: string, end: number) => !/^[_…*]/.test(text.slice(end));

function namesIn(text: string): string[] {
  return [...text.matchAll(name)]
    .filter((match) => isWhole(text, match.index + match[0].length))
    .map(([one]) => one);
}

const inCode = new Set(
  sources.flatMap(({ text }) => namesIn(text)).filter((one) => !one.startsWith('FREEHOLD_E2E_')),
);

test('Every setting in code is in the reference, and every one in the reference is in code.', () => {
  assert.deepEqual([...new Set(namesIn(page))].sort(), [...inCode].sort());
});

interface NumberSetting {
  readonly setting: string;
  readonly min: string;
  readonly max: string;
  readonly preset: string | undefined;
}

const number =
  /(FREEHOLD_\w+): (?:wholeNumber|optionalNumber)\(\{ min: ([\d_]+), max: ([\d_]+)(?:, preset: ([\d_]+))? \}\)/g;
const plain = (digits: string) => digits.replaceAll('_', '');

const numbers: NumberSetting[] = sources.flatMap(({ text }) =>
  [...text.matchAll(number)].map(([, setting = '', min = '', max = '', preset]) => ({
    setting,
    min: plain(min),
    max: plain(max),
    preset: preset === undefined ? undefined : plain(preset),
  })),
);

const rowOf = (setting: string) => rowsOf(page).find(([names = '']) => names.includes(`\`${setting}\``));

for (const { setting, min, max, preset } of numbers) {
  const row = rowOf(setting);
  if (row === undefined) continue;
  test(`The reference has the range and the default of ${setting}.`, () => {
    const [, defaults = '', range = ''] = row;
    assert.equal(range, `${min}–${max}`);
    if (preset !== undefined) assert.ok(defaults.includes(`\`${preset}\``), `${defaults} lacks ${preset}`);
  });
}

test('Numbers in code are found.', () => {
  assert.ok(numbers.length > 15, `${numbers.length} numbers`);
});
