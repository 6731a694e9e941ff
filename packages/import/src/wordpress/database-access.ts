// What WordPress and its database have to agree upon, in two files of the domain's folder. Either may be of the
// original system, which had the password in them and nothing else.
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

/** MariaDB's own, as a database or as a user. */
const reserved: ReadonlySet<string> = new Set([
  ...['mysql', 'sys', 'information_schema', 'performance_schema', 'root'],
]);

/** Both images take this where nothing is said. */
export const usual = 'wordpress';

export interface EnvFiles {
  readonly mysql: EnvFile | undefined;
  readonly wordpress: EnvFile | undefined;
}

export async function readEnvFiles(tree: string): Promise<EnvFiles> {
  return { mysql: await readEnvFile(tree, mysqlEnv), wordpress: await readEnvFile(tree, wordpressEnv) };
}

/**
 * What the two files say, or one where the other is missing; undefined where both are.
 *
 * @throws FreeholdError if they cannot be meant for each other.
 */
export function readAccess(tree: string, { mysql, wordpress }: EnvFiles): DatabaseAccess | undefined {
  const ofMysql =
    mysql && access(`${tree}/mysql/.env`, mysql, ['MYSQL_DATABASE', 'MYSQL_USER', 'MYSQL_PASS']);
  const ofSite = wordpress && access(`${tree}/wordpress/.env`, wordpress, ['DB_NAME', 'DB_USER', 'DB_PASS']);
  if (ofMysql && ofSite) {
    for (const what of ['name', 'user', 'password'] as const) {
      if (ofMysql[what] !== ofSite[what])
        throw new FreeholdError(
          `The ${what === 'name' ? 'database' : what} in ${tree}/mysql/.env is not the one in ${tree}/wordpress/.env: ` +
            'make them the same',
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

/** As the image of the database wants it, which would refuse it after all was brought in. */
function parseName(path: string, setting: string, name: string): string {
  if (/^[A-Za-z0-9_]{1,64}$/.test(name) && !reserved.has(name)) return name;
  throw new FreeholdError(
    `${setting} in ${path} is ${JSON.stringify(name)}, but must be of letters, digits and underscores, at most 64, ` +
      "and none of MariaDB's own names",
  );
}

export function newAccess(): DatabaseAccess {
  return { name: usual, user: usual, password: newSecret() };
}

/** 256 bits, in letters that need no quotes anywhere. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
