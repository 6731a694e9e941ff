import { reasonOf } from '@freehold/core/error';
import { etcdOf } from '@freehold/core/etcd-address';
import { printLines } from '@freehold/core/print-lines';
import type { Fault } from '@freehold/core/report-faults';
import { parseAddress, partsOf } from './address.ts';
import { askSmtp } from './ask-smtp.ts';
import { describeWay } from './describe-way.ts';
import { createDesiredReader } from './desired-state.ts';
import { explainRewritten, isRewritten } from './explain-rewritten.ts';
import { findForward } from './forward.ts';
import { readMailHosts } from './mail-hosts.ts';
import { dnsRecords } from './print-dns.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * Explains what would happen to a message for an address, and why: according to the configuration, and to
 * Postfix itself.
 */
export async function explainAddress(settings: PostfixSettings, text: string): Promise<void> {
  const address = parseAddress(text);
  if (isRewritten(address)) return explainRewritten(settings, address);
  const { forwards, faults, destinations } = await createDesiredReader(settings)(
    await readSnapshot(etcdOf(settings)),
  );
  const { local, domain } = partsOf(address);
  const taken = destinations.has(domain) || [...forwards.values()].some((one) => one.domain === domain);
  const found = findForward(forwards, local, domain);
  if (!taken) printLines([`Refused: this host does not accept mail for ${domain}.`]);
  else if (!found) printLines([`Refused: this host accepts mail for ${domain}, but not for ${address}.`]);
  else printLines(describeWay(forwards, address));
  printLines(faultsOf(faults, domain));
  printLines([`Postfix answers: ${await askSmtp(settings.FREEHOLD_SMTP, address).catch(reasonOf)}`]);
  if (taken) printLines(['', ...dnsRecords(await readMailHosts(settings), domain)]);
}

function faultsOf(faults: readonly Fault[], domain: string): string[] {
  return faults
    .filter(({ subject }) => subject.includes(domain))
    .map(({ subject, reason }) => `${subject} is skipped: ${reason}`);
}
