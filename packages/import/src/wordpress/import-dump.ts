// Turns the dump of a site without a database into one that can be loaded, and determines its table prefix.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@freehold/core/log';
import type { Rule } from '../apps/app.ts';
import { readAccess, readEnvFiles, usual } from './database-access.ts';
import { readDumpFacts } from './dump-facts.ts';
import { dumpFile, findDump, unpackingFile, withDump } from './dump-file.ts';
import { type DumpPlan, planDump } from './plan-dump.ts';
import { rewriteDump } from './rewrite-dump.ts';
import { nothingKnown, type WpConfig } from './wp-config.ts';

/** Examines a dump. @throws FreeholdError, without its subject, if it cannot be the site's. */
export async function checkDump(
  tree: string,
  path: string,
  { config = nothingKnown, maxBytes }: { config?: WpConfig | undefined; maxBytes: number },
): Promise<DumpPlan> {
  const files = await readEnvFiles(tree);
  const database = readAccess(tree, files)?.name ?? usual;
  const prefix = files.wordpress?.get('DB_PREFIX') || undefined;
  const facts = await withDump(path, { maxBytes }, (pieces) => readDumpFacts(pieces));
  return planDump(facts, { path, database, prefix, config });
}

export interface DumpImport {
  readonly config: WpConfig | undefined;
  readonly maxBytes: number;
  readonly diskReserve: number | undefined;
  readonly rule: Rule;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Prepares the dump in a domain's folder, if there is one, and returns its prefix. */
export async function importDump(home: string, options: DumpImport): Promise<string | undefined> {
  const { log } = options;
  const [to, unpacking] = [join(home, ...dumpFile), join(home, ...unpackingFile)];
  const from = await findDump(home);
  if (from === undefined) return undefined;
  if (from === to) await rm(unpacking, { force: true });
  const plan = await checkDump(home, from, options);
  if (plan.otherPrefixes.length > 0) {
    log.notice(
      `${from} contains several WordPress sites. The one whose tables begin with ${plan.prefix} is used.`,
    );
  }
  if (!plan.isRewritten && from === to) return plan.prefix;
  if (from !== to && from !== unpacking) await rename(from, unpacking);
  const database = readAccess(home, await readEnvFiles(home))?.name ?? usual;
  const left = await rewriteDump({
    ...options,
    from: from === to ? to : unpacking,
    to,
    source: plan.source,
    database,
  });
  await rm(unpacking, { force: true });
  if (left > 0) {
    log.notice(`${to}: removed ${left} statements that are for another server or another database.`);
  }
  return plan.prefix;
}
