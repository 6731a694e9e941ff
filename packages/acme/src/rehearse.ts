import type { Domain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import acme from 'acme-client';
import type { Context } from './context.ts';
import { checkCertificate } from './install-certificate.ts';
import { lookAtNames } from './look-at-names.ts';
import { orderPayload } from './order-payload.ts';
import { runOrder } from './run-order.ts';

/**
 * A complete order at the staging directory: the certificate is checked and discarded.
 *
 * @throws FreeholdError or CaError saying what would fail.
 */
export async function rehearse(context: Context, domain: Domain): Promise<void> {
  const { settings, store, log, signal } = context;
  const { staging } = settings;
  if (staging === undefined) {
    throw new FreeholdError(
      'Cannot rehearse without a staging directory: FREEHOLD_ACME_DIRECTORY is set, but FREEHOLD_ACME_STAGING is not.',
      { code: 'usage' },
    );
  }
  const site = await store.readSite(domain, Date.now());
  const ca = await context.connect(staging);
  // By the account at this directory: `accounturi=` in CAA records may be that of the other one.
  const asked = { identities: ca.directory.meta?.caaIdentities, directory: staging };
  const found = await lookAtNames(context, site, asked);
  if (found.kind === 'wait') throw new FreeholdError(found.fault);
  for (const note of found.notes) log.notice(note);
  const { names } = found;
  const ofStaging = { profile: settings.profile, directory: staging };
  const payload = orderPayload({
    names,
    certificate: undefined,
    settings: ofStaging,
    directory: ca.directory,
    renews: false,
  });
  const key = (await acme.crypto.createPrivateEcdsaKey()).toString();
  const outcome = await context.withAccount(staging, async (connection, accountUrl) => {
    const { location: url } = await connection.newOrder(accountUrl, payload);
    return runOrder({ ca: connection, accountUrl, order: { url, names, key }, signal });
  });
  if (outcome.kind === 'failed') throw new FreeholdError(`The CA refused ${domain}: ${outcome.reason}.`);
  if (outcome.kind !== 'issued')
    throw new FreeholdError(`${staging} did not finish the order for ${domain}.`);
  checkCertificate(`${outcome.chain.trim()}\n${key.trim()}\n`, domain);
  log.notice(`The rehearsal for ${names.join(' and ')} succeeded; nothing was installed.`);
}
