// The parts of an app in the repository agree: its part in import, its declaration, its units and its images.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { allApps } from './all-apps.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function readDeclaration(app: string) {
  const lines = read(`unit-files/apps/${app}.conf`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return {
    keys: pairs.map(([key = '']) => key),
    words: (key: string) => pairs.flatMap(([name, value = '']) => (name === key ? value.split(' ') : [])),
  };
}

test('Each app of import is declared, and no other.', () => {
  const declared = globSync('unit-files/apps/*.conf', { cwd: root }).map((path) => basename(path, '.conf'));
  assert.deepEqual(declared.toSorted(), allApps.map(({ name }) => name).toSorted());
});

for (const { name, needs, rules, servants = [] } of allApps) {
  const { keys, words } = readDeclaration(name);

  test(`The units and images that ${name} declares exist.`, () => {
    assert.match(read(`unit-files/${name}@.service`), /--label freehold\.site=%i/);
    for (const unit of [...words('Units'), ...words('Starts')])
      assert.ok(existsSync(join(root, 'unit-files', unit)), unit);
    for (const image of words('Images'))
      assert.ok(existsSync(join(root, 'images', image, 'Dockerfile')), image);
    for (const servant of servants) assert.ok(words('Units').includes(`${servant}@.service`), servant);
  });

  test(`The folders that ${name} owns have rules in import and are watched while it is down.`, () => {
    const data = words('Data');
    assert.ok(data.includes(needs.path[0]));
    for (const folder of data) assert.ok(Object.hasOwn(rules, folder), folder);
    const watched = read(`unit-files/retry-on-change@.path.d/${name}.conf`).matchAll(
      /^PathChanged=.*\/(.+)$/gm,
    );
    assert.deepEqual([...watched].map(([, folder]) => folder).toSorted(), data.toSorted());
  });

  test(`Each key that ${name} declares is in docs/reference/app-declaration.md, and a script or the command reads it.`, () => {
    const page = read('docs/reference/app-declaration.md');
    const readers = globSync(['scripts/**/*.sh', 'packages/cli/src/**/*.ts'], { cwd: root })
      .map(read)
      .join('\n');
    for (const key of keys) {
      assert.match(page, new RegExp(`^\\| .*\`${key}=`, 'm'));
      assert.match(
        readers,
        new RegExp(
          `\\b(declared|words_of|apps_with|instances_of)( |\\((?:site|apps), ')${key}\\b|\\.(get|has)\\('${key}'\\)|\\^${key}=`,
        ),
      );
    }
  });
}
