import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { acmeLockKey, acmeSharedPrefix } from '@freehold/core/acme-keys';
import { connectEtcd } from '@freehold/core/etcd';
import { createLog } from '@freehold/core/log';
import { startEtcd } from '@freehold/testing/etcd-server';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { isNews, wakeAcme } from './wake-acme.ts';

test('acme is woken by another certificate, and by the death of the member that orders', async (context) => {
  const [server, folder, abort] = [await startEtcd(), await temporaryFolder(), new AbortController()];
  const etcd = connectEtcd({ endpoints: [server.endpoint] });
  context.after(async () => {
    abort.abort();
    etcd.close();
    await server.remove();
    await folder.remove();
  });
  const log = createLog({ write: () => undefined });
  const address = { endpoints: [server.endpoint] };
  await wakeAcme({ etcd: address, folder: folder.path, signal: abort.signal, log });
  const woken = async () => (await readdir(folder.path)).length > 0;
  const change = async (value: string) => {
    await etcd.put(`${acmeSharedPrefix}change`, value);
    await waitFor('acme to be woken', woken);
    await rm(join(folder.path, 'changed'));
  };
  await change('1');
  await change('2');
  await etcd.put(acmeLockKey, 'h1 run');
  await etcd.delete(acmeLockKey);
  await waitFor('acme to be woken', woken);
});

test('acme is not woken when a member orders or has ordered, but when it has died', () => {
  const lock = new Set([acmeLockKey]);
  for (const value of ['h1 run', '']) assert.equal(isNews(lock, new Map([[acmeLockKey, value]])), false);
  assert.equal(isNews(lock, new Map()), true);
  assert.equal(
    isNews(new Set([acmeLockKey, `${acmeSharedPrefix}change`]), new Map([[acmeLockKey, '']])),
    true,
  );
  assert.equal(isNews(new Set(), new Map()), false);
});
