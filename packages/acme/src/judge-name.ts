// Whether a CA's validation of a name would succeed, judged by what DNS and the name's addresses answer.

/** What an address answered on port 80 when asked for a token of this account. */
export type Answer =
  | { readonly kind: 'ours' }
  /** Somebody answered, with something else. */
  | { readonly kind: 'other'; readonly what: string }
  /** No answer: the machine may be down, or this host cannot reach its own public address. */
  | { readonly kind: 'none'; readonly why: string }
  /** This host has no way there, as to IPv6 from a host without it. */
  | { readonly kind: 'noRoute' };

export interface NameFacts {
  readonly name: string;
  /** Why DNS gave no answer, where no resolver did. */
  readonly dnsFault?: string | undefined;
  /** Why CAA records forbid it. */
  readonly caaFault?: string | undefined;
  /** Each address of the name that any resolver knows, and what it answered. */
  readonly addresses: readonly (readonly [address: string, answer: Answer])[];
  /** Resolvers that know no address, while others do. */
  readonly unaware: readonly string[];
}

/**
 * `ready`: it would succeed. `uncertain`: nothing speaks against it, but this host could not reach an address itself.
 * `absent`: the name has no address. `wrong`: it would fail. `fault` is a sentence about what is to be changed.
 */
export type Verdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'uncertain' | 'absent' | 'wrong'; readonly fault: string };

/** @param hostIp this host's own address, for the advice. */
export function judgeName(facts: NameFacts, hostIp: string | undefined): Verdict {
  const { name, dnsFault, caaFault, addresses, unaware } = facts;
  const host = hostIp ? `this server (${hostIp}, or the public address in front of it)` : 'this server';
  if (dnsFault) return { kind: 'wrong', fault: `DNS gives no answer for ${name}: ${dnsFault}.` };
  if (addresses.length === 0) {
    return {
      kind: 'absent',
      fault: `${name} has no address in DNS: add an A or AAAA record with the address of ${host}.`,
    };
  }
  if (caaFault) return { kind: 'wrong', fault: `No certificate may be issued for ${name}: ${caaFault}.` };
  const foreign = addresses.flatMap(([address, answer]) =>
    answer.kind === 'other' ? [`${address} ${answer.what}`] : [],
  );
  if (foreign.length > 0) {
    const advice = `Its A and AAAA records must all point to port 80 of ${host}`;
    return { kind: 'wrong', fault: `${name} points to another server: ${foreign.join('; ')}. ${advice}.` };
  }
  if (unaware.length > 0) {
    const who = unaware.join(', ');
    return {
      kind: 'wrong',
      fault: `${name} is not in DNS everywhere yet: ${who} has no address for it.`,
    };
  }
  const reached = addresses.some(([, { kind }]) => kind === 'ours');
  const silent = addresses.flatMap(([address, answer]) => {
    if (answer.kind === 'none') return [`${address} ${answer.why}`];
    // Where another address is reached, this one is for the CA to try.
    return answer.kind === 'noRoute' && !reached ? [`this host has no route to ${address}`] : [];
  });
  if (silent.length === 0) return { kind: 'ready' };
  const fault = `Port 80 of ${name} cannot be reached from this host: ${silent.join('; ')}. Open it, and remove records of addresses that are not ${host}.`;
  // Where one address is reached, and so is not behind the host's own router, another one that does not answer is a fault.
  return { kind: reached ? 'wrong' : 'uncertain', fault };
}
