import { CaError } from './ca-error.ts';
import type { Directory } from './ca-reply.ts';
import type { Certificate } from './site-facts.ts';

export interface OrderPayload {
  readonly identifiers: readonly { readonly type: 'dns'; readonly value: string }[];
  readonly profile?: string;
  readonly replaces?: string;
}

/**
 * What is sent to make an order: RFC 8555 section 7.4, the profile (draft-ietf-acme-profiles), and for a renewal the
 * certificate that it replaces (RFC 9773 section 5), by which public CAs exempt it from their limits.
 *
 * @throws CaError if the CA does not offer the profile.
 */
export function orderPayload(options: {
  names: readonly string[];
  certificate: Certificate | undefined;
  settings: { readonly profile: string | undefined; readonly directory: string };
  directory: Directory;
  renews: boolean;
}): OrderPayload {
  const { names, certificate, settings, directory, renews } = options;
  const { profile } = settings;
  const offered = Object.keys(directory.meta?.profiles ?? {});
  if (profile !== undefined && !offered.includes(profile)) {
    const detail = `it offers ${offered.join(', ') || 'no profiles'}, and FREEHOLD_ACME_PROFILE is ${profile}`;
    throw new CaError({ what: 'Cannot order a certificate from the CA', detail });
  }
  const replaces =
    renews && directory.renewalInfo && certificate?.directory === settings.directory
      ? certificate.id
      : undefined;
  return {
    identifiers: names.map((value) => ({ type: 'dns', value })),
    ...(profile && { profile }),
    ...(replaces && { replaces }),
  };
}
