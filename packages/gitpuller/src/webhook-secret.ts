import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import type { Layout } from './layout.ts';
import { readWebhookSecret } from './owner-files.ts';

declare const brand: unique symbol;

/** A secret that is long enough not to be guessed. */
export type WebhookSecret = string & { readonly [brand]: 'WebhookSecret' };

const minLength = 16;

/** The domain's secret; undefined if it has none or an invalid one, which is passed to `onFault`. */
export async function findWebhookSecret(
  layout: Layout,
  onFault: (sentence: string) => void,
): Promise<WebhookSecret | undefined> {
  const path = join(layout.home, 'WEBHOOK_SECRET');
  const ignored = (why: string) => onFault(`${path} is invalid, so pushes start no pull: ${why}.`);
  try {
    const secret = (await readWebhookSecret(layout))?.trim();
    if (secret === undefined) return undefined;
    if (/[\r\n]/.test(secret)) ignored('it has more than one line');
    else if (secret.length < minLength) ignored(`it has fewer than ${minLength} characters`);
    else return secret as WebhookSecret;
  } catch (error) {
    ignored(reasonOf(error).replace(/\.$/, ''));
  }
  return undefined;
}

/** Updates the marker by which the site's web server knows whether the webhook exists. */
export async function markWebhook(layout: Layout, log: Log): Promise<void> {
  const secret = await findWebhookSecret(layout, log.warning);
  if (secret === undefined) return rm(layout.webhook, { force: true });
  await writeFile(layout.webhook, '', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
