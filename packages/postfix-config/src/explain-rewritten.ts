import type { Address } from './address.ts';
import { askPostfix, type Explained } from './explained.ts';
import type { PostfixSettings } from './settings.ts';

/** Whether an address is one that SRS has made of a sender: nobody has it, and Postfix may take it all the same. */
export const isRewritten = (address: Address): boolean => /^SRS[01][-+=]/i.test(address);

/** What would happen to a message for it. */
export async function explainRewritten(settings: PostfixSettings, address: Address): Promise<Explained> {
  return {
    address,
    verdict: 'rewritten',
    explanation: [
      `${address} is a sender as a server rewrites it that forwards (SRS). Where it was this host, no more than three weeks`,
      'ago, a notice with the empty sender goes back to the first sender; all else is refused.',
    ],
    ...(await askPostfix(settings, address)),
    skipped: [],
    records: [],
  };
}
