import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import type { Ca } from '../ca.ts';
import { CaError } from '../ca-error.ts';
import type { Cluster } from './cluster.ts';
import { createKeyring } from './keyring.ts';
import { retireAccounts } from './retire-accounts.ts';
import { type SharedAccount, unknownUrl } from './shared-account.ts';

const keyring = createKeyring(`1 ${'0'.repeat(64)}`, 'keys');

async function writesOf(deactivate: (url: string) => Promise<void>): Promise<number> {
  let writes = 0;
  const write = async () => void writes++;
  const urls = { 'https://a.test/dir': 'https://a.test/1', 'https://b.test/dir': 'https://b.test/1' };
  const account: SharedAccount = { pem: 'new', resealed: true, retired: [{ pem: 'old', urls }] };
  await retireAccounts({
    cluster: { keyring } as Cluster,
    lock: { signal: new AbortController().signal, write },
    account,
    connect: async () => ({ deactivate }) as Ca,
    log: createLog({ write: () => undefined }),
  });
  return writes;
}

// Each change of the account starts acme on all members: they would start one another without an end.
test('while the CA does not answer, or a proxy answers for it, the account in etcd is not written again', async () => {
  const attempt = { what: 'The CA cannot deactivate an account', detail: 'no answer' };
  assert.equal(await writesOf(() => Promise.reject(new CaError(attempt))), 0);
  assert.equal(await writesOf(() => Promise.reject(new CaError({ ...attempt, status: 429 }))), 0);
  assert.equal(await writesOf(() => Promise.reject(new CaError({ ...attempt, status: 200 }))), 0);
  assert.equal(await writesOf(() => Promise.reject(new CaError({ ...attempt, status: 403 }))), 0);
  const limited = { ...attempt, status: 403, type: 'rateLimited' };
  assert.equal(await writesOf(() => Promise.reject(new CaError(limited))), 0);
});

test('accounts that are deactivated, or that the CA refuses to deactivate, are noted', async () => {
  assert.equal(await writesOf(async () => undefined), 1);
  const isGone = { what: 'x', detail: 'deactivated', status: 403, type: 'unauthorized' };
  assert.equal(await writesOf(() => Promise.reject(new CaError(isGone))), 1);
  const half = async (url: string) => {
    if (url.startsWith('https://a')) throw new CaError({ what: 'x', detail: 'away', status: 503 });
  };
  assert.equal(await writesOf(half), 1);
});

test('an account of which only the key is known is looked for, and is no obstacle where the CA knows none', async () => {
  const asked: string[] = [];
  const connected = (existing: string | undefined) =>
    ({
      existingAccount: async () => existing,
      deactivate: async (url: string) => void asked.push(url),
    }) as Ca;
  for (const existing of ['https://a.test/7', undefined]) {
    let written: SharedAccount | undefined;
    await retireAccounts({
      cluster: { keyring } as Cluster,
      lock: {
        signal: new AbortController().signal,
        write: async ({ puts = [] }) => {
          const [{ key, value } = { key: '', value: '' }] = puts;
          written = JSON.parse(keyring.open(key, value)?.text ?? '');
        },
      },
      account: {
        pem: 'new',
        resealed: true,
        retired: [{ pem: 'old', urls: { 'https://a.test/dir': unknownUrl } }],
      },
      connect: async () => connected(existing),
      log: createLog({ write: () => undefined }),
    });
    assert.deepEqual(written?.retired, []);
  }
  assert.deepEqual(asked, ['https://a.test/7']);
});
