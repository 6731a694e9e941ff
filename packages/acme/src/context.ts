// What every part of a run needs: settings, the account, and what is noted on disk about this host.
import { readFile } from 'node:fs/promises';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import type { AccountKey } from './account-key.ts';
import { type Binding, type Ca, connectCa } from './ca.ts';
import { CaError } from './ca-error.ts';
import type { Layout } from './layout.ts';
import type { Settings } from './settings.ts';
import { emptyHostState, type HostState } from './state.ts';
import type { Store } from './store.ts';

export interface Context {
  readonly settings: Settings & { readonly operator: string };
  readonly layout: Layout;
  readonly store: Store;
  readonly account: AccountKey;
  readonly log: Log;
  readonly signal: AbortSignal;
  host(): HostState;
  /** Changes what is noted about the host; it is stored when this resolves. */
  changeHost(change: Partial<HostState>): Promise<void>;
  /** Connects to a directory, once in a run. */
  connect(directory: string): Promise<Ca>;
  /** Does something by the account, which is made where the CA does not know it (any more). */
  withAccount<T>(directory: string, work: (ca: Ca, accountUrl: string) => Promise<T>): Promise<T>;
}

export async function createContext(
  options: Pick<Context, 'settings' | 'layout' | 'store' | 'account' | 'log' | 'signal'>,
) {
  const { settings, store, account, signal } = options;
  const connected = new Map<string, Promise<Ca>>();
  let host = (await store.readHost()) ?? emptyHostState;
  const [ca, binding] = [await readRoot(settings.caFile), await readBinding(settings.eabFile)];

  async function changeHost(change: Partial<HostState>): Promise<void> {
    host = { ...host, ...change };
    await store.writeHost(host);
  }

  function connect(directory: string): Promise<Ca> {
    const before = connected.get(directory);
    if (before) return before;
    const own = directory === settings.directory ? binding : undefined;
    const fresh = connectCa({ directory, accountKey: account.pem, ca, binding: own, signal });
    connected.set(directory, fresh);
    return fresh;
  }

  async function newAccount(directory: string): Promise<string> {
    const url = await (await connect(directory)).newAccount(settings.operator);
    await changeHost({ accounts: { ...host.accounts, [directory]: url } });
    return url;
  }

  async function withAccount<T>(
    directory: string,
    work: (ca: Ca, accountUrl: string) => Promise<T>,
  ): Promise<T> {
    const connection = await connect(directory);
    const known = host.accounts[directory];
    if (known === undefined) return work(connection, await newAccount(directory));
    try {
      return await work(connection, known);
    } catch (error) {
      if (!(error instanceof CaError) || error.type !== 'accountDoesNotExist') throw error;
      return work(connection, await newAccount(directory));
    }
  }

  const context: Context = { ...options, host: () => host, changeHost, connect, withAccount };
  return context;
}

/** The PEM of the root for the directory's own TLS. @throws FreeholdError `usage` if it cannot be read. */
export function readRoot(path: string | undefined): Promise<string | undefined> {
  return readSettingFile('FREEHOLD_ACME_CA', path);
}

/** One line: the key's identifier, a space, and the HMAC key in base64url, as the CA gives them. */
async function readBinding(path: string | undefined): Promise<Binding | undefined> {
  const text = await readSettingFile('FREEHOLD_ACME_EAB_FILE', path);
  if (text === undefined) return undefined;
  const [, kid, hmacKey] = /^(\S+)\s+([A-Za-z0-9_-]+)=*\s*$/.exec(text) ?? [];
  if (kid && hmacKey) return { kid, hmacKey };
  throw new FreeholdError(
    `FREEHOLD_ACME_EAB_FILE is ${path}, but that file is not one line with a key identifier, a space and an HMAC key.`,
    { code: 'usage' },
  );
}

async function readSettingFile(name: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new FreeholdError(`${name} is ${path}, but that file cannot be read: ${reasonOf(error)}.`, {
      code: 'usage',
      cause: error,
    });
  }
}
