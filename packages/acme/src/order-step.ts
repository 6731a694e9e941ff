// The next step of an order (RFC 8555 section 7.1.6), from what the CA says of it: pure, so that every interruption can be
// tested. A step that was done before a kill is seen in the CA's answer and not repeated.
import * as v from 'valibot';

const problem = v.object({ type: v.optional(v.string()), detail: v.optional(v.string()) });

export const orderObject = v.object({
  status: v.picklist(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: v.array(v.string()),
  finalize: v.string(),
  certificate: v.optional(v.string()),
  error: v.optional(problem),
});
export type OrderObject = v.InferOutput<typeof orderObject>;

export const authorizationObject = v.object({
  status: v.picklist(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: v.object({ value: v.string() }),
  challenges: v.array(
    v.object({
      type: v.string(),
      url: v.string(),
      status: v.string(),
      error: v.optional(problem),
    }),
  ),
});
export type AuthorizationObject = v.InferOutput<typeof authorizationObject>;

export type OrderStep =
  /** The CA is to validate by these challenges' URLs. */
  | { readonly kind: 'answer'; readonly challenges: readonly string[] }
  /** The CA is processing it. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'finalize' }
  | { readonly kind: 'download'; readonly url: string }
  /** A further try needs a new order. */
  | { readonly kind: 'failed'; readonly reason: string };

export function nextStep(order: OrderObject, authorizations: readonly AuthorizationObject[]): OrderStep {
  switch (order.status) {
    case 'invalid':
      return {
        kind: 'failed',
        reason: reasonOf(authorizations) ?? describe(order.error) ?? 'the CA gives no reason',
      };
    case 'valid':
      return order.certificate
        ? { kind: 'download', url: order.certificate }
        : { kind: 'failed', reason: 'the order is valid, but the CA offers no certificate' };
    case 'ready':
      return { kind: 'finalize' };
    case 'processing':
      return { kind: 'wait' };
    case 'pending':
      return stepOfPending(authorizations);
  }
}

function stepOfPending(authorizations: readonly AuthorizationObject[]): OrderStep {
  const reason = reasonOf(authorizations);
  if (reason) return { kind: 'failed', reason };
  const waiting = authorizations.filter(({ status }) => status === 'pending');
  const offers = waiting.map(({ challenges }) => challenges.find(({ type }) => type === 'http-01'));
  const without = waiting.find((_, index) => !offers[index]);
  if (without)
    return { kind: 'failed', reason: `the CA does not offer http-01 for ${without.identifier.value}` };
  const open = offers.flatMap((offer) => (offer?.status === 'pending' ? [offer.url] : []));
  return open.length > 0 ? { kind: 'answer', challenges: open } : { kind: 'wait' };
}

/** Why one of them will never be valid. */
function reasonOf(authorizations: readonly AuthorizationObject[]): string | undefined {
  const bad = authorizations.find(({ status }) => status !== 'pending' && status !== 'valid');
  if (!bad) return undefined;
  const said = bad.challenges.map(({ error }) => describe(error)).find((text) => text !== undefined);
  return `${bad.identifier.value} was not validated (${bad.status})${said ? `: ${said}` : ''}`;
}

function describe(error: v.InferOutput<typeof problem> | undefined): string | undefined {
  if (!error) return undefined;
  const kind = error.type?.replace(/^urn:ietf:params:acme:error:/, '');
  return [kind, error.detail].filter(Boolean).join(': ') || undefined;
}
