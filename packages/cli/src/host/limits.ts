// One site's limits: which there are, which value counts and where it comes from.
//
// systemd applies Environment= of a unit and its drop-ins first, then each EnvironmentFile= in order; what is read later
// replaces what was read before (systemd.exec(5)). So Environment= in a drop-in loses against host.env, and a file of
// the site's own, which a drop-in adds after host.env, wins.
import { parseEnvironmentFile } from './environment-file.ts';

/** What a unit's environment is made of. */
export interface UnitSources {
  /** As in 'wordpress@example.com.service'. */
  readonly unit: string;
  /** The unit file, then its drop-ins, as systemd applies them. */
  readonly fragments: readonly TextFile[];
  /** The files of EnvironmentFile=, in their order; those that exist. */
  readonly files: readonly TextFile[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface Limit {
  /** As in 'memory'; with the name of a further unit before it, as in 'mysql-memory'. */
  readonly name: string;
  /** As in FREEHOLD_SITE_MEMORY. */
  readonly variable: string;
  readonly unit: string;
  readonly value: string;
  /** The file that sets it. */
  readonly origin: string;
  /** What the unit file sets. */
  readonly preset: string;
  /** A drop-in that sets it with Environment=, without effect, because a file takes precedence. */
  readonly overridden?: string;
}

/** The limits of the site's unit, the first one, and of the units that it requires. */
export function limitsOf(units: readonly UnitSources[]): Limit[] {
  const [own] = units;
  return units.flatMap((sources) =>
    variablesOf(sources).map(([variable, preset]) => {
      const template = templateOf(sources.unit);
      const name = nameOf(variable, template);
      return {
        name: sources === own ? name : `${template}-${name}`,
        variable,
        unit: sources.unit,
        preset,
        ...effectiveOf(variable, sources),
      };
    }),
  );
}

/** The variables with a preset in the unit file itself: those are meant to be changed. */
function variablesOf({ fragments }: UnitSources): [string, string][] {
  const assignments = [...assignmentsIn(fragments[0]?.text ?? '')];
  return assignments.filter(([variable]) => /^FREEHOLD_[A-Z0-9_]+$/.test(variable));
}

/** FREEHOLD_SITE_MEMORY and FREEHOLD_WORDPRESS_MEMORY of wordpress@ are both its 'memory'. */
function nameOf(variable: string, template: string): string {
  const own = template.toUpperCase().replaceAll('-', '_');
  const rest = variable.replace(/^FREEHOLD_/, '').replace(new RegExp(`^(?:SITE|${own})_`), '');
  return rest.toLowerCase().replaceAll('_', '-');
}

export function templateOf(unit: string): string {
  return unit.split('@')[0] ?? unit;
}

function effectiveOf(variable: string, { fragments, files }: UnitSources) {
  const last = <T>(found: readonly T[]) => found.at(-1);
  const inUnit = last(fragments.filter(({ text }) => assignmentsIn(text).has(variable)));
  const inFile = last(files.filter(({ text }) => parseEnvironmentFile(text)[variable] !== undefined));
  const unitValue = assignmentsIn(inUnit?.text ?? '').get(variable) ?? '';
  if (!inFile) return { value: unitValue, origin: inUnit?.path ?? '' };
  const value = parseEnvironmentFile(inFile.text)[variable] ?? '';
  const isDropIn = inUnit !== undefined && inUnit !== fragments[0];
  return { value, origin: inFile.path, ...(isDropIn ? { overridden: inUnit.path } : {}) };
}

/** The assignments of Environment= lines, without and with quotes around a whole assignment. */
export function assignmentsIn(unitText: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, line = ''] of unitText.replaceAll('\\\n', ' ').matchAll(/^Environment=(.*)$/gm)) {
    for (const [, , quoted, plain] of line.matchAll(/(["'])(.*?)\1|(\S+)/g)) {
      const text = quoted ?? plain ?? '';
      const at = text.indexOf('=');
      if (at > 0) found.set(text.slice(0, at), text.slice(at + 1));
    }
  }
  return found;
}
