// What a command is: one description, from which parsing, help, the man page, the reference and completion are made.
import type { Log } from '@freehold/core/log';
import type { Environment } from '@freehold/core/settings';

/** What completion offers for a word: names that this machine knows, files (left to the shell), or these words. */
export type Completes = 'domain' | 'server' | 'app' | 'file' | 'limit' | readonly string[];

export interface Argument {
  /** In capitals, as in DOMAIN. */
  readonly name: string;
  readonly meaning: string;
  readonly optional?: true;
  /** It may be repeated, and is the last one. */
  readonly many?: true;
  readonly completes?: Completes;
  /** Whether a word for it does not go with --on, as a file of this machine. */
  readonly isOnlyHere?: (word: string) => boolean;
}

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What follows it, in capitals; without it, the option is a switch. */
  readonly value?: string;
  readonly meaning: string;
  readonly completes?: Completes;
  /** It does not go with --on. */
  readonly onlyHere?: true;
}

export interface Example {
  readonly command: string;
  readonly meaning: string;
}

/** A field of a row: a column of the table (if it has a header), and a key of the JSON. */
export interface Field {
  readonly key: string;
  readonly header?: string;
  readonly type: string;
  readonly meaning: string;
}

/** A value as JSON has it. `null` stands for what does not exist or is not known. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Row = Readonly<Record<string, Value>>;

/** What a command was called with. */
export interface Call {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A command that changes nothing: it prints rows, as a table or as JSON. */
export interface Read {
  readonly fields: readonly Field[];
  /** The JSON is one object and not a list: there is always one row. */
  readonly single?: true;
  read(call: Call): Promise<readonly Row[]>;
  /** The lines for a person, where a table is not enough. */
  print?(rows: readonly Row[]): string[];
  /** Why the exit code is 1 although all was read, as a sentence; nothing if all is well. */
  fault?(rows: readonly Row[]): string | undefined;
}

/** A command that changes something. */
export interface Change {
  readonly change: (call: Call) => Promise<void>;
  /** What is asked before it runs, unless --yes was given; nothing is asked without it. */
  asks?(call: Call): string | undefined;
  /** It reaches the server of --on itself. Without it, the command runs on that server. */
  readonly reaches?: true;
}

export interface CommandSpec {
  /** As in 'site list'. */
  readonly path: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Further paragraphs of the help. */
  readonly description?: string;
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  readonly examples: readonly Example[];
  /** The scripts that do the same for a person, for the documents. */
  readonly replaces?: readonly string[];
  /** It works on a host, and over ssh with --on: on one server, or on many at once. */
  readonly on?: 'one' | 'many';
  /** Words after -- belong to a command that is run, and options among them too. */
  readonly passesOn?: true;
  readonly does: { readonly read: Read } | Change;
}

/** A group of commands, as in 'site'. */
export interface Group {
  readonly name: string;
  readonly summary: string;
}

/** All options of a command, the general ones among them. */
export function optionsOf(spec: CommandSpec): readonly Option[] {
  const { does, on } = spec;
  const asks = asksOf(spec) !== undefined;
  return [
    ...(spec.options ?? []),
    ...('read' in does ? [json] : []),
    ...(on ? [on === 'one' ? onOne : onMany] : []),
    ...(asks ? [yes] : []),
  ];
}

/** What a command asks before it changes something. */
export function asksOf({ does }: CommandSpec): Change['asks'] {
  return 'change' in does ? does.asks : undefined;
}

const json: Option = { name: 'json', meaning: 'prints JSON instead of a table; its format is stable' };
const onOne: Option = {
  name: 'on',
  value: 'SERVER',
  meaning: 'on this server, over ssh from a control machine',
  completes: 'server',
};
const onMany: Option = {
  name: 'on',
  value: 'SERVERS',
  meaning: 'on these servers at once, over ssh from a control machine: SERVER[,SERVER…] or all',
  completes: 'server',
};
const yes: Option = { name: 'yes', meaning: 'deletes without asking for confirmation' };
