import { reasonOf } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import type { Fault } from '@freehold/core/report-faults';
import { type Address, parseAddress, partsOf } from './address.ts';
import { askSmtp } from './ask-smtp.ts';
import { explainRewritten, isRewritten } from './explain-rewritten.ts';
import { type Forwards, findForward, nameOf } from './forward.ts';
import { createLook } from './look.ts';
import { dnsRecords } from './print-dns.ts';
import { printLines } from './print-lines.ts';
import type { PostfixSettings } from './settings.ts';
import { followTarget } from './settle.ts';
import { readSnapshot } from './snapshot.ts';

/** Says what would happen to a message for an address, and why: by the configuration, and by Postfix itself. */
export async function explainAddress(settings: PostfixSettings, text: string): Promise<void> {
  const address = parseAddress(text);
  if (isRewritten(address)) return explainRewritten(settings, address);
  const { forwards, faults, destinations } = await createLook(settings)(await readSnapshot(etcdOf(settings)));
  const { local, domain } = partsOf(address);
  const taken = destinations.has(domain) || [...forwards.values()].some((one) => one.domain === domain);
  const found = findForward(forwards, local, domain);
  if (!taken) printLines([`${domain} is no domain that this host takes mail for: refused.`]);
  else if (!found) printLines([`${domain} is taken mail for, but nobody there has ${address}: refused.`]);
  else printLines(describeWay(forwards, address));
  printLines(faultsOf(faults, domain));
  printLines([`Postfix says: ${await askSmtp(settings.FREEHOLD_SMTP, address).catch(reasonOf)}`]);
  printLines(['', ...dnsRecords(settings, domain)]);
}

/** A line for each step of the way, those further on further to the right. */
function describeWay(forwards: Forwards, address: Address, depth = 0): string[] {
  const found = followTarget(forwards, address);
  const indent = '  '.repeat(depth);
  if (!found) return [`${indent}${address} is sent there.`];
  const by = `${nameOf(found)} (${found.source})`;
  return [
    `${indent}${address} is forwarded by ${by} to:`,
    ...found.targets.flatMap((target) => describeWay(forwards, target, depth + 1)),
  ];
}

function faultsOf(faults: readonly Fault[], domain: string): string[] {
  return faults
    .filter(({ subject }) => subject.includes(domain))
    .map(({ subject, reason }) => `${subject} is left out: ${reason}`);
}
