// The tutorial, typed word for word on bare servers: each command has to succeed and to print what the page shows.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { patternOf, type Step, stepsOf } from '@freehold/testing/documents/console-page';
import { leadTo, onTutorialServer, prepareTutorial, removeTutorial, type } from './tutorial-machines.ts';

const folder = join(import.meta.dirname, '../../../docs/tutorial');
const pages = globSync('*.md', { cwd: folder }).sort();

before(prepareTutorial);
after(removeTutorial);

/** A login's greeting is the machine's own. */
const isLogin = ({ command }: Step) => /^ssh \S+$/.test(command);

async function follow(step: Step): Promise<void> {
  const { code, stdout } = await type(step.machine, step.command);
  const where = `${step.machine}, "${step.section}": ${step.command}`;
  assert.equal(code, 0, `${where}\n${stdout}`);
  if (isLogin(step)) return;
  const printed = stdout.replace(/(?<=[^\n])$/, '\n').replace(/[ \t\r]+$/gm, '');
  assert.match(printed, patternOf(step.output), where);
}

/** Each part of the tutorial continues where the previous one has ended. */
let ended = 0;

for (const [index, page] of pages.entries())
  test(`${basename(page)}, typed word for word`, async (context) => {
    if (ended < index) return context.skip('an earlier part has failed');
    const steps = stepsOf(readFileSync(join(folder, page), 'utf8'));
    assert.ok(steps.length > 4, `${steps.length} steps`);
    let section = '';
    for (const step of steps) {
      if (step.section !== section && step.section === 'Change DNS') await leadTo('h2');
      section = step.section;
      context.diagnostic(`${step.machine}: ${step.command}`);
      await follow(step);
    }
    ended += 1;
  });

test('in the end the second server has the site with its certificate and its mail, and the first one has not', async (context) => {
  if (ended < pages.length) return context.skip('an earlier part has failed');
  assert.match(await onTutorialServer('h2', 'freehold mail list'), /info@example\.org/);
  assert.match(await onTutorialServer('h2', 'freehold cert list'), /example\.org/);
  assert.doesNotMatch(await onTutorialServer('h1', 'freehold site list'), /example\.org/);
});
