// What speaks against an order before it is made: attempts that fail are limited by CAs.
import { randomBytes } from 'node:crypto';
import { faultOfCaa, type Issuer } from './caa.ts';
import { type Answer, judgeName, type Verdict } from './judge-name.ts';
import { probeAddress } from './probe-address.ts';
import { resolveName } from './resolve-name.ts';

export interface Place {
  readonly resolvers: readonly string[];
  readonly hostIp: string | undefined;
  readonly httpPort: number;
  readonly thumbprint: string;
  readonly issuer: Issuer;
  readonly signal: AbortSignal;
}

/** Looks whether the CA's validation of a name would succeed. */
export async function checkName(name: string, place: Place): Promise<Verdict> {
  const { resolvers, hostIp, httpPort: port, thumbprint, issuer, signal } = place;
  const { addresses, unaware, caa, fault } = await resolveName(name, resolvers, signal);
  const token = randomBytes(32).toString('base64url');
  const answers = await Promise.all(
    // In the same order each time, as what is found is logged once.
    addresses
      .toSorted()
      .map(
        async (address): Promise<[string, Answer]> => [
          address,
          await probeAddress({ name, address, port, token, thumbprint, signal }),
        ],
      ),
  );
  const facts = { name, dnsFault: fault, caaFault: faultOfCaa(caa, issuer), addresses: answers, unaware };
  return judgeName(facts, hostIp);
}
