// Units own their containers by name, so the name must identify both the app and the domain.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = join(import.meta.dirname, '../../../unit-files');
const units = readdirSync(folder)
  .filter((name) => name.endsWith('@.service'))
  .map((name) => ({ app: name.replace('@.service', ''), text: readFileSync(join(folder, name), 'utf8') }))
  .filter(({ text }) => text.includes('--name '));

/**
 * Everything that must be unique to a unit: the container, the journal tag, and the paths that it writes to.
 */
function ownedBy({ app, text }: { app: string; text: string }, domain: string): string[] {
  const tag = /^SyslogIdentifier=(.*)$/m.exec(text)?.[1];
  const words = [
    ...text.matchAll(/(?:--name |tag=|containers\/|docker exec |site\.sh [a-z-]+ (?:%n )?)([^\s/?]+)/g),
  ];
  const names = [tag, ...words.map(([, name]) => name)].map((name) => name?.replaceAll('%i', domain));
  assert.ok(names.length >= 6, `${app}@.service: ${names}`);
  return [...new Set(names as string[])];
}

test('No two units share a container or a journal tag, even if an app and a domain contain hyphens.', () => {
  const domains = ['example.com', 'git-example.com', 'git-git-example.com', 'x.test', 'cron-x.test'];
  const owners = new Map<string, string>();
  assert.ok(units.length >= 5);
  for (const unit of units) {
    for (const domain of domains) {
      const owned = ownedBy(unit, domain);
      assert.deepEqual(owned, [`${unit.app}_${domain}`]);
      for (const name of owned) {
        const owner = `${unit.app}@${domain}`;
        assert.equal(owners.get(name) ?? owner, owner, `${name} belongs to both units`);
        owners.set(name, owner);
      }
    }
  }
});

test("A unit can write only to mounts inside its own domain's folder.", () => {
  for (const { app, text } of units) {
    const sources = [...text.matchAll(/--mount type=bind,source=([^,]+),target=[^, ]+(,readonly)?/g)];
    assert.ok(sources.length > 0, app);
    for (const [, source = '', readOnly] of sources) {
      if (readOnly === undefined) assert.match(source, /^\/[^%]+\/%i(\/|$)/, app);
    }
  }
});
