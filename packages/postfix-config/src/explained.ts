import { reasonOf } from '@freehold/core/error';
import type { Address } from '@freehold/core/mail-address';
import { askSmtp } from './ask-smtp.ts';
import type { PostfixSettings } from './settings.ts';

/** What would happen to a message for an address, as `test --json` prints it. */
export interface Explained {
  readonly address: string;
  /** 'rewritten': it is a sender as SRS rewrites it. */
  readonly verdict: 'forwarded' | 'unknown-address' | 'unknown-domain' | 'rewritten';
  /** Why, in sentences. */
  readonly explanation: readonly string[];
  /** Whether Postfix would take the message; null where it does not answer. */
  readonly accepted: boolean | null;
  /** What Postfix says, or why it does not answer. */
  readonly answer: string;
  /** The etcd keys, or files and lines, that are skipped although they concern the domain, each with the reason. */
  readonly skipped: readonly { readonly source: string; readonly problem: string }[];
  /** The DNS records that the domain needs, as lines of a zone file. */
  readonly records: readonly string[];
}

/** What Postfix itself says of an address. */
export async function askPostfix(
  { FREEHOLD_SMTP }: PostfixSettings,
  address: Address,
): Promise<Pick<Explained, 'accepted' | 'answer'>> {
  try {
    const answer = await askSmtp(FREEHOLD_SMTP, address);
    return { accepted: answer.startsWith('2'), answer };
  } catch (error) {
    return { accepted: null, answer: reasonOf(error) };
  }
}
