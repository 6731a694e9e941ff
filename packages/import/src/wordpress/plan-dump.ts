// Decides how a dump is loaded: as which database, with which prefix, and without which statements.
import { FreeholdError } from '@freehold/core/error';
import type { DumpFacts, DumpTable } from './dump-facts.ts';
import type { Statement } from './sql-statement.ts';
import type { WpConfig } from './wp-config.ts';

export interface DumpPlan {
  /** The database of the dump that is loaded; undefined where it names none. */
  readonly source: string | undefined;
  /** What the tables' names begin with. */
  readonly prefix: string;
  /** Prefixes of further WordPress sites in the dump. */
  readonly otherPrefixes: readonly string[];
  /** Whether it has to be written anew, without some statements or with its last line. */
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
      `${path} is incomplete: it does not end as mysqldump, mariadb-dump, phpMyAdmin, Adminer and HeidiSQL end a dump. Export it ` +
        "again. If another program wrote it and you know that it is complete, add the line '-- Dump completed'",
    );
  }
  const source = chooseDatabase(facts, target);
  const tables = facts.tables.filter(({ database }) => isPartOf(database, source));
  const [prefix, ...otherPrefixes] = choosePrefix(tables, target);
  const isOther = facts.databases.some((name) => name !== target.database);
  return { source, prefix, otherPrefixes, isRewritten: facts.restricted || isOther || !facts.marked };
}

/** Whether what stands after `USE database` is loaded. */
export function isPartOf(database: string | undefined, source: string | undefined): boolean {
  return database === undefined || database === source;
}

/** Whether a statement of the dump is loaded; USE and CREATE DATABASE only of the site's own. */
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
    `${path} has the databases ${databases.map((name) => JSON.stringify(name)).join(', ')}, and none is named ` +
      `${JSON.stringify(database)}: export the site's database alone, or set MYSQL_DATABASE in mysql/.env and DB_NAME in ` +
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
      `${path} has no tables of a WordPress (…options, …posts and …users of one prefix, such as wp_): export all tables of ` +
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
        ? `${path} has several WordPress sites, whose tables begin with ${list}: put the wp-config.php of the right one beside wp-content`
        : `${path} has tables that begin with ${list}, but ${origin} has ${JSON.stringify(expected)}: correct it`,
    );
  }
  if (!/^[A-Za-z0-9_]+$/.test(expected)) {
    throw new FreeholdError(
      `${path} has tables that begin with ${JSON.stringify(expected)}, but a prefix must consist of letters, digits and underscores: rename the tables`,
    );
  }
  if (names.get(`${expected}options`)?.hasRows !== true) {
    throw new FreeholdError(`${path} has no rows of ${expected}options: export the tables with their data`);
  }
  return [expected, ...found.filter((prefix) => prefix !== expected)];
}
