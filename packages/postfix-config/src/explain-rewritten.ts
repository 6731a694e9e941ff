import type { Address } from '@freehold/core/mail-address';
import { askPostfix, type Explained } from './explained.ts';
import type { PostfixSettings } from './settings.ts';

/** Whether an address is a sender rewritten by SRS: no forward has it, yet Postfix may accept mail for it. */
export const isRewritten = (address: Address): boolean => /^SRS[01][-+=]/i.test(address);

/** Explains what would happen to a message for it. */
export async function explainRewritten(settings: PostfixSettings, address: Address): Promise<Explained> {
  return {
    address,
    verdict: 'rewritten',
    explanation: [
      `${address} is a sender that a forwarding server has rewritten (SRS). If this host did so within the last three weeks,`,
      'a notice with the empty sender goes back to the original sender; everything else is refused.',
    ],
    ...(await askPostfix(settings, address)),
    skipped: [],
    records: [],
  };
}
