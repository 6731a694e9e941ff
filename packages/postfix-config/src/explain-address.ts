import { etcdOf } from '@freehold/core/etcd-address';
import { type Address, parseAddress, partsOf } from '@freehold/core/mail-address';
import { printLines } from '@freehold/core/print-lines';
import type { Fault } from '@freehold/core/report-faults';
import { describeWay } from './describe-way.ts';
import { createDesiredReader } from './desired-state.ts';
import { explainRewritten, isRewritten } from './explain-rewritten.ts';
import { askPostfix, type Explained } from './explained.ts';
import { findForward } from './forward.ts';
import { readMailHosts } from './mail-hosts.ts';
import { dnsRecords } from './print-dns.ts';
import type { PostfixSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * Explains what would happen to a message for an address, and why: according to the configuration, and to
 * Postfix itself.
 */
export async function explainAddress(
  settings: PostfixSettings,
  text: string,
  { json = false } = {},
): Promise<void> {
  const address = parseAddress(text);
  const explained = isRewritten(address)
    ? await explainRewritten(settings, address)
    : await explain(settings, address);
  printLines(json ? JSON.stringify(explained, null, 2).split('\n') : linesOf(explained));
}

async function explain(settings: PostfixSettings, address: Address): Promise<Explained> {
  const { forwards, faults, destinations } = await createDesiredReader(settings)(
    await readSnapshot(etcdOf(settings)),
  );
  const { local, domain } = partsOf(address);
  const isTaken = destinations.has(domain) || [...forwards.values()].some((one) => one.domain === domain);
  const isFound = isTaken && findForward(forwards, local, domain) !== undefined;
  const refusal = isTaken
    ? `Refused: this host accepts mail for ${domain}, but not for ${address}.`
    : `Refused: this host does not accept mail for ${domain}.`;
  return {
    address,
    verdict: isFound ? 'forwarded' : isTaken ? 'unknown-address' : 'unknown-domain',
    explanation: isFound ? describeWay(forwards, address) : [refusal],
    ...(await askPostfix(settings, address)),
    skipped: skippedOf(faults, domain),
    records: isTaken ? dnsRecords(await readMailHosts(settings), domain) : [],
  };
}

function skippedOf(faults: readonly Fault[], domain: string): Explained['skipped'] {
  return faults
    .filter(({ subject }) => subject.includes(domain))
    .map(({ subject, reason }) => ({ source: subject, problem: reason }));
}

function linesOf({ verdict, explanation, answer, skipped, records }: Explained): string[] {
  return [
    ...explanation,
    ...skipped.map(({ source, problem }) => `${source} is skipped: ${problem}`),
    `${verdict === 'rewritten' ? 'Postfix answers such a notice' : 'Postfix answers'}: ${answer}`,
    ...(records.length > 0 ? ['', ...records] : []),
  ];
}
