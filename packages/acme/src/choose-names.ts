import type { Verdict } from './judge-name.ts';

/** `order` by these names (`notes`: skipped names, with reasons), or `wait`: no attempt now. */
export type Choice =
  | { readonly kind: 'order'; readonly names: readonly string[]; readonly notes: readonly string[] }
  | { readonly kind: 'wait'; readonly fault: string };

/**
 * Which names an order is for, from what was found about each: the domain, and `www.` where it leads here too.
 *
 * @param options.covered whether the present certificate covers `www.`
 * @param options.urgent whether it is better to lose `www.` than to wait until it leads here again.
 */
export function chooseNames(options: {
  domain: string;
  own: Verdict;
  www: Verdict | undefined;
  covered: boolean;
  urgent: boolean;
}): Choice {
  const { domain, own, www, covered, urgent } = options;
  // Where this host cannot reach the name itself, an attempt decides.
  const isGood = ({ kind }: Verdict) => kind === 'ready' || kind === 'uncertain';
  if (!isGood(own)) return { kind: 'wait', fault: 'fault' in own ? own.fault : '' };
  if (www === undefined || (www.kind === 'absent' && !covered))
    return { kind: 'order', names: [domain], notes: [] };
  const name = `www.${domain}`;
  // An attempt that is in doubt is made for one name only.
  if (www.kind === 'ready' || (isGood(www) && own.kind === 'uncertain' && covered)) {
    return { kind: 'order', names: [domain, name], notes: [] };
  }
  const fault = 'fault' in www ? www.fault : '';
  if (covered && !urgent) return { kind: 'wait', fault };
  return { kind: 'order', names: [domain], notes: [`${name} is skipped: ${fault}`] };
}
