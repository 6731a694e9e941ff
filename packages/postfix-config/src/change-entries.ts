import { FreeholdError } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import { parseOwnAddress } from '@freehold/core/mail-address';
import { printLines } from '@freehold/core/print-lines';
import type { Fault } from '@freehold/core/report-faults';
import { createDesiredReader, type Snapshot } from './desired-state.ts';
import { nameOf } from './forward.ts';
import { readMailHosts } from './mail-hosts.ts';
import { formatMailKey, parseMailKey, parseTargets } from './mail-record.ts';
import { dnsRecords } from './print-dns.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot, withEtcd } from './snapshot.ts';

/** Writes a forward to etcd, replacing an existing one, and reports the entries that it makes invalid. */
export async function addForward(settings: PostfixSettings, address: string, targets: readonly string[]) {
  const own = parseOwnAddress(address);
  const list = parseTargets(targets, settings.FREEHOLD_FORWARD_TARGETS);
  const key = formatMailKey(own);
  const snapshot = await readSnapshot(etcdOf(settings));
  const known = new Set([...snapshot.mail.keys()].flatMap((one) => tryKey(one)?.domain ?? []));
  const mail = new Map(snapshot.mail).set(key, JSON.stringify(list));
  const { faults, broken } = await compare(settings, snapshot, mail);
  const fault = faults.find(({ subject }) => subject === key);
  if (fault) throw new FreeholdError(`${nameOf(own)} was not added: ${fault.reason}.`);
  await withEtcd(etcdOf(settings), (etcd) => etcd.put(key, JSON.stringify(list)));
  printLines([`${nameOf(own)} is now forwarded to ${list.join(', ')}.`, ...broken]);
  if (!known.has(own.domain)) printLines(['', ...dnsRecords(await readMailHosts(settings), own.domain)]);
}

/**
 * Removes a forward from etcd, however its key is written, and reports the other entries that it makes
 * invalid.
 */
export async function removeForward(settings: PostfixSettings, address: string): Promise<void> {
  const own = parseOwnAddress(address);
  const snapshot = await readSnapshot(etcdOf(settings));
  const keys = [...snapshot.mail.keys()].filter((key) => {
    const found = tryKey(key);
    return found?.domain === own.domain && found.local === own.local;
  });
  if (keys.length === 0) {
    throw new FreeholdError(
      `${nameOf(own)} is not in etcd: the key ${formatMailKey(own)} does not exist. Forwards in forwards.local must be changed there.`,
    );
  }
  const mail = new Map([...snapshot.mail].filter(([key]) => !keys.includes(key)));
  const { broken } = await compare(settings, snapshot, mail);
  await withEtcd(etcdOf(settings), async (etcd) => {
    for (const key of keys) await etcd.delete(key);
  });
  printLines([`${nameOf(own)} is no longer forwarded.`, ...broken]);
}

/** The invalid entries once etcd contains `mail`, and a line for each one that is valid now. */
async function compare(settings: PostfixSettings, snapshot: Snapshot, mail: Snapshot['mail']) {
  const readDesired = createDesiredReader(settings);
  const lineOf = ({ subject, reason }: Fault) => `${subject} is now skipped: ${reason}`;
  const before = new Set((await readDesired(snapshot)).faults.map(lineOf));
  const { faults } = await readDesired({ ...snapshot, mail });
  return { faults, broken: faults.map(lineOf).filter((line) => !before.has(line)) };
}

function tryKey(key: string) {
  try {
    return parseMailKey(key);
  } catch {
    return undefined;
  }
}
