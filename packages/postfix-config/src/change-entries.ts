import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Etcd } from '@freehold/core/etcd';
import { etcdOf } from '@freehold/core/etcd-address';
import { type Local, parseOwnAddress } from './address.ts';
import { nameOf } from './forward.ts';
import { createLook } from './look.ts';
import { formatMailKey, mailPrefix, parseMailKey, parseTargets } from './mail-record.ts';
import { dnsRecords } from './print-dns.ts';
import { printLines } from './print-lines.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot, withEtcd } from './snapshot.ts';

/** Puts a forward into etcd, in the place of the one that was there, and says what will not come of it, if anything. */
export async function addForward(settings: PostfixSettings, address: string, targets: readonly string[]) {
  const own = parseOwnAddress(address);
  const list = parseTargets(targets, settings.FREEHOLD_FORWARD_TARGETS);
  const key = formatMailKey(own);
  const snapshot = await readSnapshot(etcdOf(settings));
  const before = new Set([...snapshot.mail.keys()].flatMap((one) => domainOf(one) ?? []));
  const mail = new Map(snapshot.mail).set(key, JSON.stringify(list));
  const { faults } = await createLook(settings)({ ...snapshot, mail });
  const fault = faults.find(({ subject }) => subject === key);
  if (fault) throw new FreeholdError(`${nameOf(own)} was not added: ${fault.reason}.`);
  await withEtcd(etcdOf(settings), (etcd) => etcd.put(key, JSON.stringify(list)));
  printLines([`${nameOf(own)} goes to ${list.join(', ')}.`]);
  if (!before.has(own.domain)) printLines(['', ...dnsRecords(settings, own.domain)]);
}

/** Takes a forward out of etcd, in whatever form its key is written. */
export async function removeForward(settings: PostfixSettings, address: string): Promise<void> {
  const own = parseOwnAddress(address);
  await withEtcd(etcdOf(settings), async (etcd) => {
    const keys = await keysOf(etcd, own);
    if (keys.length === 0) {
      throw new FreeholdError(
        `${nameOf(own)} is not in etcd: there is no ${formatMailKey(own)}. What is in forwards.local is changed there.`,
      );
    }
    for (const key of keys) await etcd.delete(key);
  });
  printLines([`${nameOf(own)} is no longer forwarded.`]);
}

async function keysOf(etcd: Etcd, own: { domain: Domain; local: Local }): Promise<string[]> {
  return (await etcd.keys(mailPrefix)).filter((key) => {
    const found = tryKey(key);
    return found?.domain === own.domain && found.local === own.local;
  });
}

function domainOf(key: string): Domain | undefined {
  return tryKey(key)?.domain;
}

function tryKey(key: string) {
  try {
    return parseMailKey(key);
  } catch {
    return undefined;
  }
}
