// What a person should know beside the list of a host's sites.
import { bridgePorts, isNearlyFull } from './bridge-ports.ts';

const day = 86_400_000;

/**
 * What acme says of sites that are not as usual. As usual is a certificate that acme will renew, and one that a person
 * installed until two weeks before it expires.
 *
 * @param statuses what it wrote about each domain, one sentence.
 */
export function unusualCertificates(statuses: ReadonlyMap<string, string>, now: Date): string[] {
  const soon = new Date(now.getTime() + 14 * day).toISOString().slice(0, 10);
  return [...statuses].flatMap(([domain, line]) => {
    if (/^Valid until [\d-]+, from .*\. Renewed: \d/.test(line)) return [];
    const [, until] = /^(?:Installed|Managed) manually.*: valid until ([\d-]+),/.exec(line) ?? [];
    return until !== undefined && until > soon ? [] : [`${domain}: ${line}`];
  });
}

/** A sentence if few ports of the bridge are left. */
export function fewPortsLeft(used: number): string | undefined {
  if (!isNearlyFull(used)) return undefined;
  return `${used} sites run on this host. Its network has room for ${bridgePorts}: plan for another host.`;
}
