// The certificates of the host itself: the default one, and the pair for host-to-host proxying. One that HAProxy refuses
// affects no site: what HAProxy accepted before stays in use until the certificate changes.
import { basename } from 'node:path';
import type { Certificate } from '@freehold/core/certificate-folder';
import { reasonOf } from '@freehold/core/error';
import type { Log } from '@freehold/core/log';
import { createFaultReporter } from '@freehold/core/report-faults';
import { type CertificateCopies, nameOfCopy } from './certificate-copies.ts';
import { readValidCopies } from './default-certificate.ts';
import type { Desired } from './desired.ts';
import type { FollowedWorker } from './followed-worker.ts';
import { type HopKeys, isRenewed, storeHopKeys } from './hop-keys.ts';

type Served = Desired | undefined;
type Replacing = { readonly next: Desired; readonly worker: FollowedWorker };

export interface OwnCertificates {
  /** Puts copies where HAProxy reads them. `all`: also those that should be there already. */
  store(desired: Desired, options: { served: Served; all: boolean }): Promise<void>;
  /** Whether there is no copy of the default certificate, as its file is being changed or the disk is full. */
  isUnsettled(desired: Desired): boolean;
  /** What is desired; where HAProxy refused a certificate, or there is no copy of it yet, with the one that is served. */
  withhold(desired: Desired, served: Served): Desired;
  /** Has the worker take those that are other ones now; gives what is served then. Without one before, that takes a reload. */
  replace<T extends Desired>(served: T, options: Replacing): Promise<T>;
  /** Finds out whether HAProxy's refusal names one of those that it was to load, which is not served then. */
  blame(options: { reason: string; tried: Desired; served: Served }): boolean;
}

export function createOwnCertificates(options: {
  log: Log;
  copies: CertificateCopies;
  /** That of HAProxy's files. */
  folder: string;
}): OwnCertificates {
  const { log, copies, folder } = options;
  /** Names of copies without `.pem`. */
  const refused = new Set<string>();
  const reportFaults = createFaultReporter(log);
  /** Default certificates of which there are copies from before a restart, the newest first. */
  let former: readonly Certificate[] = [];

  function refuse(what: string, reason = ''): void {
    log.error(`HAProxy refused ${what}, and the one from before stays in use until it changes${reason}`);
  }

  /** The default certificate for the time in which that of the file is not to be used. */
  function fallbackOf(served: Served): Certificate | undefined {
    return served ? served.defaultCertificate : former.find((one) => !refused.has(nameOfCopy(one)));
  }

  /** Before a first worker has accepted anything, the copies are all that is known of what was accepted. */
  async function storeFormer(own: Certificate): Promise<void> {
    const others = (await readValidCopies(folder, own.path)).filter(
      (one) => one.fingerprint !== own.fingerprint,
    );
    await copies.store(others);
    former = others.filter(copies.holds);
  }

  async function replaceDefault(served: Desired, { next, worker }: Replacing): Promise<Partial<Desired>> {
    const { defaultCertificate: one } = served;
    const { defaultCertificate: other } = next;
    if (!one || !other || one.fingerprint === other.fingerprint) return {};
    const outcome = await worker.replaceDefault(one, other);
    if (outcome === 'refused') {
      refused.add(nameOfCopy(other));
      refuse(other.path);
    }
    return outcome === 'replaced' ? { defaultCertificate: other } : {};
  }

  async function replacePair(served: Desired, { next, worker }: Replacing): Promise<Partial<Desired>> {
    const { hopKeys } = next;
    if (!served.hopKeys || !hopKeys || !isRenewed(hopKeys, served.hopKeys)) return {};
    const outcome = await worker.replaceHopKeys(hopKeys);
    if (outcome === 'refused') {
      refused.add(nameOfPair(hopKeys));
      refuse(pair);
    }
    return outcome === 'replaced' ? { hopKeys } : {};
  }

  return {
    async store({ defaultCertificate, hopKeys }, { served, all }) {
      if (all && served?.hopKeys) await storeHopKeys(served.hopKeys);
      if (hopKeys && (all || isRenewed(hopKeys, served?.hopKeys))) await storeHopKeys(hopKeys);
      if (!served && defaultCertificate) await storeFormer(defaultCertificate);
      if (!defaultCertificate || copies.holds(defaultCertificate)) return;
      const errors = [...(await copies.store([defaultCertificate])).values()].filter(Boolean);
      reportFaults(errors.map((error) => ({ subject: defaultCertificate.path, reason: reasonOf(error) })));
    },
    isUnsettled: ({ defaultCertificate: one }) =>
      one !== undefined && !copies.holds(one) && !refused.has(nameOfCopy(one)),
    withhold(desired, served) {
      const { defaultCertificate: own, hopKeys } = desired;
      const isOwnLeft = own && (refused.has(nameOfCopy(own)) || !copies.holds(own));
      // Without any pair, the sites of other hosts would be unknown here.
      const isPairLeft = served?.hopKeys && hopKeys && refused.has(nameOfPair(hopKeys));
      return {
        ...desired,
        ...(isOwnLeft && { defaultCertificate: fallbackOf(served) }),
        ...(isPairLeft && { hopKeys: served.hopKeys }),
      };
    },
    async replace(served, replacing) {
      const own = await replaceDefault(served, replacing);
      return { ...served, ...own, ...(await replacePair(served, replacing)) };
    },
    blame({ reason, tried: { defaultCertificate: own, hopKeys }, served }) {
      const before = refused.size;
      if (own && reason.includes(nameOfCopy(own))) {
        refused.add(nameOfCopy(own));
        if (fallbackOf(served)) refuse(own.path, `: ${reason}`);
        else log.error(`HAProxy refused ${own.path}, and there is none from before: ${reason}`);
      }
      if (served?.hopKeys && hopKeys && reason.includes(nameOfPair(hopKeys))) {
        refused.add(nameOfPair(hopKeys));
        refuse(pair, `: ${reason}`);
      }
      return refused.size > before;
    },
  };
}

export function areOwnReplaced(next: Desired, served: Served): boolean {
  return (
    served?.defaultCertificate?.fingerprint !== next.defaultCertificate?.fingerprint ||
    isRenewed(next.hopKeys, served?.hopKeys)
  );
}

const pair = 'the certificate for host-to-host proxying';

/** The names of its copies; that of the CA ends in `-ca`. */
function nameOfPair({ certificatePath }: HopKeys): string {
  return basename(certificatePath, '.pem');
}
