// The documents that are made from the descriptions of the commands, and the files that setup.sh installs beside the command.
import { join } from 'node:path';
import { commands, groups } from './commands/all.ts';
import { completionScripts, shells } from './completion-scripts.ts';
import { renderManPage } from './man-page.ts';
import { renderReference } from './reference.ts';

const root = join(import.meta.dirname, '../../..');

/** Where the shells expect each script, by its file's name. */
const completionFiles = { bash: 'freehold.bash', zsh: '_freehold', fish: 'freehold.fish' } as const;

/** Their paths and texts. */
export function renderDocuments(): { path: string; text: string }[] {
  const tree = { groups, commands };
  return [
    ...renderReference(tree).map(({ name, text }) => ({
      path: join(root, `docs/reference/${name}.md`),
      text,
    })),
    { path: join(root, 'scripts/command/freehold.1'), text: renderManPage(tree) },
    ...shells.map((shell) => ({
      path: join(root, 'scripts/command', completionFiles[shell]),
      text: completionScripts[shell],
    })),
  ];
}
