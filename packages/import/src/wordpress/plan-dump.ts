// Decides how a dump is loaded: as which database, with which prefix, and without which statements.
import { FreeholdError } from '@freehold/core/error';
import type { DumpFacts, DumpTable } from './dump-facts.ts';
import type { Statement } from './sql-statement.ts';
import type { WpConfig } from './wp-config.ts';

export interface DumpPlan {
  /** The database of the dump that is loaded; undefined if the dump contains no database name. */
  readonly source: string | undefined;
  /** The prefix of the tables. */
  readonly prefix: string;
  /** Prefixes of further WordPress sites in the dump. */
  readonly otherPrefixes: readonly string[];
  /** Whether it must be rewritten, without some statements or with its last line. */
  readonly isRewritten: boolean;
}

export interface Target {
  readonly path: string;
  /** The site's own database. */
  readonly database: string;
  /** DB_PREFIX, if it is set. */
  readonly prefix: string | undefined;
  readonly config: WpConfig;
}

/** @throws FreeholdError, without its subject, if the dump cannot be the site's. */
export function planDump(facts: DumpFacts, target: Target): DumpPlan {
  const { path } = target;
  if (!facts.whole) {
    throw new FreeholdError(
      `${path} is incomplete: its last line is not that of mysqldump, mariadb-dump, phpMyAdmin, Adminer or HeidiSQL. Export ` +
        "it again. If another program created it and you know that it is complete, add the line '-- Dump completed'",
    );
  }
  const source = chooseDatabase(facts, target);
  const tables = facts.tables.filter(({ database }) => isPartOf(database, source));
  const [prefix, ...otherPrefixes] = choosePrefix(tables, target);
  const isOther = facts.databases.some((name) => name !== target.database);
  return { source, prefix, otherPrefixes, isRewritten: facts.restricted || isOther || !facts.marked };
}

/** Whether the statements after `USE database` are loaded. */
export function isPartOf(database: string | undefined, source: string | undefined): boolean {
  return database === undefined || database === source;
}

/** Whether a statement of the dump is loaded; USE and CREATE DATABASE only for the site's database. */
export function isLoaded(
  statement: Statement,
  current: string | undefined,
  to: { source: string | undefined; database: string },
): boolean {
  if (statement.kind === 'use' || statement.kind === 'database') return statement.name === to.database;
  return statement.kind !== 'restricted' && isPartOf(current, to.source);
}

function chooseDatabase({ databases }: DumpFacts, { path, database, config }: Target): string | undefined {
  if (databases.length === 0) return undefined;
  if (databases.includes(database)) return database;
  if (config.database !== undefined && databases.includes(config.database)) return config.database;
  if (databases.length === 1) return databases[0];
  throw new FreeholdError(
    `${path} contains the databases ${databases.map((name) => JSON.stringify(name)).join(', ')}, none of which is ` +
      `${JSON.stringify(database)}. Export only the site's database, or set MYSQL_DATABASE in mysql/.env and DB_NAME in ` +
      'wordpress/.env to its name',
  );
}

function choosePrefix(
  tables: readonly DumpTable[],
  { path, prefix: wanted, config }: Target,
): [string, ...string[]] {
  const names = new Map(tables.map((table) => [table.name, table]));
  const found = [...names.keys()].flatMap((name) => {
    const prefix = name.endsWith('options') ? name.slice(0, -'options'.length) : undefined;
    return prefix !== undefined && names.has(`${prefix}posts`) && names.has(`${prefix}users`) ? [prefix] : [];
  });
  const list = found.map((prefix) => JSON.stringify(prefix)).join(' and ');
  if (found.length === 0) {
    throw new FreeholdError(
      `${path} contains no tables of a WordPress (…options, …posts and …users with one prefix, such as wp_). Export all tables of  ` +
        "the site's database",
    );
  }
  const expected = [wanted, config.prefix, found.length === 1 ? found[0] : 'wp_'].find(
    (one) => one !== undefined,
  );
  if (expected === undefined || !found.includes(expected)) {
    const origin = wanted !== undefined ? 'DB_PREFIX in wordpress/.env' : 'wp-config.php';
    throw new FreeholdError(
      wanted === undefined && config.prefix === undefined
        ? `${path} contains several WordPress sites, whose tables begin with ${list}. Put the wp-config.php of the right one beside wp-content`
        : `${path} contains tables that begin with ${list}, but ${origin} is ${JSON.stringify(expected)}. Correct it`,
    );
  }
  if (!/^[A-Za-z0-9_]+$/.test(expected)) {
    throw new FreeholdError(
      `${path} contains tables that begin with ${JSON.stringify(expected)}, but a prefix must consist of letters, digits and underscores. Rename the tables`,
    );
  }
  if (names.get(`${expected}options`)?.hasRows !== true) {
    throw new FreeholdError(
      `${path} contains no rows of ${expected}options. Export the tables with their data`,
    );
  }
  return [expected, ...found.filter((prefix) => prefix !== expected)];
}
