// Installing a certificate that was sent for a site: it stays if visitors are shown it. Otherwise the one before is restored.

/** What is there before it is put in place. */
export interface CertificateSeen {
  /** The site has a certificate. */
  readonly hasCurrent: boolean;
  /** A run that was cut off has kept the one before, and visitors are not shown the current one. */
  readonly hasBefore: boolean;
}

export type InstallOperation =
  | 'keep-before'
  | 'place'
  /** Has HAProxy take what is in place; it may refuse. */
  | 'hand-over'
  | 'drop-before'
  | 'restore-before'
  | 'remove';

export function planInstall({ hasCurrent, hasBefore }: CertificateSeen): InstallOperation[] {
  return [...(hasCurrent && !hasBefore ? ['keep-before' as const] : []), 'place', 'hand-over'];
}

/**
 * The end of an installation.
 *
 * @param isGood whether visitors are shown the certificate, or the site is not started, so that it has no visitors.
 */
export function planEnd({ hasCurrent, hasBefore }: CertificateSeen, isGood: boolean): InstallOperation[] {
  const isKept = hasCurrent || hasBefore;
  if (isGood) return isKept ? ['drop-before'] : [];
  return [isKept ? 'restore-before' : 'remove', 'hand-over'];
}
