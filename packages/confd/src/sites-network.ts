import { BlockList, isIP } from 'node:net';
import * as v from 'valibot';

/** Whether a site of this host may have the address. */
export type SitesNetwork = (ip: string) => boolean;

/**
 * The network of the sites' containers, as in `172.30.0.0/16`. Its first address is the host itself, at which no site is.
 * In a cluster every host may write every record: so nobody elsewhere can send this host's visitors to an address of their
 * own choice.
 */
export const sitesNetwork = v.pipe(
  v.string(),
  v.regex(/^[\d.]+\/(?:[89]|[12]\d|30)$/, 'an IPv4 network is required, such as 172.30.0.0/16'),
  v.check((text) => isIP(text.split('/')[0] ?? '') === 4, 'its address is not an IPv4 address'),
  v.transform((text): SitesNetwork => {
    const [address = '', bits] = text.split('/');
    const network = new BlockList();
    network.addSubnet(address, Number(bits), 'ipv4');
    const host = address.replace(/\d+$/, (last) => String(Number(last) + 1));
    return (ip) => isIP(ip) === 4 && ip !== host && network.check(ip, 'ipv4');
  }),
);
