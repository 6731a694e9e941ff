// What a person should know beside the list of a host's sites.

/**
 * The network of sites is one Linux bridge, which has this many ports (BR_MAX_PORTS of the kernel): one for each running site.
 */
const bridgePorts = 1023;
const fewPorts = 73;
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
  if (used < bridgePorts - fewPorts) return undefined;
  return `${used} sites run on this host. Its network has room for ${bridgePorts}: plan for another host.`;
}
