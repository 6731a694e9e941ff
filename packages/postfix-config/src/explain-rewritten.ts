import { reasonOf } from '@freehold/core/error';
import { printLines } from '@freehold/core/print-lines';
import type { Address } from './address.ts';
import { askSmtp } from './ask-smtp.ts';
import type { PostfixSettings } from './settings.ts';

/** Whether an address is one that SRS has made of a sender: nobody has it, and Postfix may take it all the same. */
export const isRewritten = (address: Address): boolean => /^SRS[01][-+=]/i.test(address);

/** Says what would happen to a message for it. */
export async function explainRewritten(settings: PostfixSettings, address: Address): Promise<void> {
  printLines([
    `${address} is a sender as a server rewrites it that forwards (SRS). Where it was this host, no more than three weeks`,
    'ago, a notice with the empty sender goes back to the first sender; all else is refused.',
    `Postfix says to such a notice: ${await askSmtp(settings.FREEHOLD_SMTP, address).catch(reasonOf)}`,
  ]);
}
