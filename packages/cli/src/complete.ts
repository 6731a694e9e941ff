// What a shell offers after 'freehold …': called by the scripts of completion-scripts.ts as 'freehold complete WORD …',
// where the last word is the one that is being typed.
import type { Environment } from '@freehold/core/settings';
import { type CommandSpec, type Completes, type Group, optionsOf } from './command.ts';
import { readCompletions } from './edge/completions.ts';

interface Tree {
  readonly groups: readonly Group[];
  readonly commands: readonly CommandSpec[];
}

export interface Offer {
  readonly word: string;
  readonly meaning: string;
}

/** What fits: words, or a kind of names that only this machine knows. */
export type Wanted = { readonly offers: readonly Offer[] } | { readonly names: Completes };

/** Lines of WORD, a tab and its meaning. None where files fit: completing those is left to the shell. */
export async function complete(words: readonly string[], tree: Tree, env: Environment): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const wanted = wantedAt(words, tree);
  const offers = 'offers' in wanted ? wanted.offers : await offersOf(wanted.names, current, env);
  return offers
    .filter(({ word }) => word.startsWith(current))
    .map(({ word, meaning }) => `${word}\t${meaning}`);
}

async function offersOf(names: Completes, current: string, env: Environment): Promise<Offer[]> {
  if (typeof names !== 'string') return names.map((word) => ({ word, meaning: '' }));
  const words = await readCompletions(names, env);
  // The last one of a list, as in --on h1,h2.
  const before = names === 'server' ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  return words.map((word) => ({ word: `${before}${word}`, meaning: '' }));
}

/** What fits in the place of the last word. */
export function wantedAt(words: readonly string[], tree: Tree): Wanted {
  const [current = '', ...rest] = [...words].reverse();
  const before = rest.reverse();
  const spec = tree.commands.find(({ path }) => path.split(' ').every((word, at) => before[at] === word));
  if (!spec) return { offers: nextWords(before, tree) };
  const options = optionsOf(spec);
  const last = options.find(({ name, value }) => value && before.at(-1) === `--${name}`);
  if (last) return last.completes ? { names: last.completes } : { offers: [] };
  if (current.startsWith('-')) {
    return { offers: options.map(({ name, meaning }) => ({ word: `--${name}`, meaning })) };
  }
  const completes = argumentAt(spec, before)?.completes;
  return completes ? { names: completes } : { offers: [] };
}

function nextWords(before: readonly string[], { groups, commands }: Tree): Offer[] {
  const [group] = before;
  const help = { word: 'help', meaning: 'explains a command' };
  const single = commands.filter(({ path }) => !path.includes(' '));
  if (group === undefined) {
    return [...single, ...groups]
      .map((one) => ({ word: 'path' in one ? one.path : one.name, meaning: one.summary }))
      .concat(help);
  }
  if (before.length > 1) return [];
  return commands.flatMap(({ path, summary }) => {
    const [first, second] = path.split(' ');
    return first === group && second !== undefined ? [{ word: second, meaning: summary }] : [];
  });
}

/** The argument whose turn it is after these words. */
function argumentAt(spec: CommandSpec, before: readonly string[]) {
  const args = spec.args ?? [];
  const takesValue = (word: string) =>
    optionsOf(spec).some(({ name, value }) => value && word === `--${name}`);
  const given = before
    .slice(spec.path.split(' ').length)
    .filter((word, at, all) => !word.startsWith('-') && !takesValue(all[at - 1] ?? ''));
  const last = args.at(-1);
  return args[given.length] ?? (last?.many ? last : undefined);
}
