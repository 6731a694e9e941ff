// The certificates of the host itself: the default one, and the pair for host-to-host proxying.
import type { CertificateCopies } from './certificate-copies.ts';
import type { Desired } from './desired.ts';
import type { createFollowedWorker } from './followed-worker.ts';
import { isRenewed, removeOtherHopKeys, storeHopKeys } from './hop-keys.ts';
import type { Sites } from './site.ts';

type Served = Desired | undefined;

/** Has HAProxy find them where it reads them. A default certificate whose file has changed meanwhile is not another one yet. */
export async function storeOwnCertificates(
  next: Desired,
  { served, copies }: { served: Served; copies: CertificateCopies },
): Promise<{ desired: Desired; isUnsettled: boolean }> {
  if (next.hopKeys && isRenewed(next.hopKeys, served?.hopKeys)) await storeHopKeys(next.hopKeys);
  const { defaultCertificate } = next;
  const isNew = defaultCertificate && !copies.holds(defaultCertificate);
  if (!isNew || (await copies.store([defaultCertificate])).size === 0)
    return { desired: next, isUnsettled: false };
  return { desired: { ...next, defaultCertificate: served?.defaultCertificate }, isUnsettled: true };
}

/** Has the worker take those that are other ones now; gives what is served then. Without one before, that takes a reload. */
export async function replaceOwnCertificates<T extends Desired>(
  served: T,
  { next, worker }: { next: Desired; worker: ReturnType<typeof createFollowedWorker> },
): Promise<T> {
  const { defaultCertificate, hopKeys } = next;
  let now = served;
  if (served.defaultCertificate && defaultCertificate && isDefaultReplaced(next, served))
    if (await worker.replaceDefault(defaultCertificate)) now = { ...now, defaultCertificate };
  if (served.hopKeys && hopKeys && isRenewed(hopKeys, served.hopKeys))
    if (await worker.replaceHopKeys(hopKeys)) now = { ...now, hopKeys };
  return now;
}

export function areOwnReplaced(next: Desired, served: Served): boolean {
  return isDefaultReplaced(next, served) || isRenewed(next.hopKeys, served?.hopKeys);
}

/** Removes the copies of all certificates that are neither served nor to be served: no file names them any more. */
export async function removeUnused(
  copies: CertificateCopies,
  { served, next }: { served: Desired; next: Desired & { sites: Sites } },
): Promise<void> {
  const both = [served, next];
  await copies.keepOnly(
    both.flatMap(({ sites, defaultCertificate }) => [
      ...(defaultCertificate ? [defaultCertificate] : []),
      ...[...sites.values()].flatMap(({ certificate }) => certificate ?? []),
    ]),
  );
  const pairs = both.flatMap(({ hopKeys }) => hopKeys ?? []);
  if (pairs.length > 0) await removeOtherHopKeys(pairs);
}

function isDefaultReplaced(next: Desired, served: Served): boolean {
  return served?.defaultCertificate?.fingerprint !== next.defaultCertificate?.fingerprint;
}
