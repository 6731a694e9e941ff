// The values that WordPress and its database must share, in two files of the domain's folder. Either may come
// from the original system, which had only the password in them.
import { randomBytes } from 'node:crypto';
import { FreeholdError } from '@freehold/core/error';
import { type EnvFile, readEnvFile } from './env-file.ts';

export const mysqlEnv = ['mysql', '.env'] as const;
export const wordpressEnv = ['wordpress', '.env'] as const;

export interface DatabaseAccess {
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/** Names that MariaDB uses itself, as a database or as a user. */
const reserved: ReadonlySet<string> = new Set([
  ...['mysql', 'sys', 'information_schema', 'performance_schema', 'root'],
]);

/** The default of both images. */
export const usual = 'wordpress';

export interface EnvFiles {
  readonly mysql: EnvFile | undefined;
  readonly wordpress: EnvFile | undefined;
}

export async function readEnvFiles(tree: string): Promise<EnvFiles> {
  return { mysql: await readEnvFile(tree, mysqlEnv), wordpress: await readEnvFile(tree, wordpressEnv) };
}

/**
 * The values of the two files, or of one if the other is missing; undefined if both are.
 *
 * @throws FreeholdError if they contradict each other.
 */
export function readAccess(tree: string, { mysql, wordpress }: EnvFiles): DatabaseAccess | undefined {
  const ofMysql =
    mysql && access(`${tree}/mysql/.env`, mysql, ['MYSQL_DATABASE', 'MYSQL_USER', 'MYSQL_PASS']);
  const ofSite = wordpress && access(`${tree}/wordpress/.env`, wordpress, ['DB_NAME', 'DB_USER', 'DB_PASS']);
  if (ofMysql && ofSite) {
    for (const what of ['name', 'user', 'password'] as const) {
      if (ofMysql[what] !== ofSite[what])
        throw new FreeholdError(
          `The ${what === 'name' ? 'database' : what} in ${tree}/mysql/.env differs from the one in ${tree}/wordpress/.env: ` +
            'make them equal',
        );
    }
  }
  return ofMysql ?? ofSite;
}

function access(
  path: string,
  file: EnvFile,
  [name, user, password]: [string, string, string],
): DatabaseAccess {
  const secret = file.get(password);
  if (!secret) throw new FreeholdError(`${path} has no ${password}`);
  const named = (setting: string) => parseName(path, setting, file.get(setting) || usual);
  return { name: named(name), user: named(user), password: secret };
}

/** The rules of the database's image, which would otherwise refuse it after the import. */
function parseName(path: string, setting: string, name: string): string {
  if (/^[A-Za-z0-9_]{1,64}$/.test(name) && !reserved.has(name)) return name;
  throw new FreeholdError(
    `${setting} in ${path} is ${JSON.stringify(name)}, but must consist of at most 64 letters, digits and underscores,  ` +
      "and must not be one of MariaDB's own names",
  );
}

export function newAccess(): DatabaseAccess {
  return { name: usual, user: usual, password: newSecret() };
}

/** 256 bits, in letters that never need quotes. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
