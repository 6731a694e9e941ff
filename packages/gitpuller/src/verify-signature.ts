// The signatures by which git hosts prove that a webhook call is theirs. They require knowledge of the
// secret.
import { createHash, createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { WebhookSecret } from './webhook-secret.ts';

/** Takes a body piece by piece, and reports at its end which signature is valid. */
export interface Verifier {
  update(chunk: Buffer): void;
  /** The name of the form whose signature is valid, or undefined. */
  verify(): string | undefined;
}

/**
 * The allowed difference between a signed time and ours, in seconds: that of the Standard Webhooks libraries.
 */
const toleranceSeconds = 300;

interface Claim {
  readonly form: string;
  readonly signatures: readonly Buffer[];
  readonly mac: Hmac;
}

/**
 * Looks for all known forms in the headers of a request; undefined if there is none.
 *
 * - GitHub: `X-Hub-Signature-256: sha256=HEX`, an HMAC-SHA256 of the body.
 *   https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * - Bitbucket Cloud and Data Center: `X-Hub-Signature: sha256=HEX`, the same. GitHub and Gitea send an
 *   HMAC-SHA1 in that
 *   header, which is not accepted.
 *   https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/ and
 *   https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 * - Gitea, Forgejo, Gogs: `X-Gitea-Signature`, `X-Forgejo-Signature`, `X-Gogs-Signature: HEX`, the same.
 *   https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks/ and
 *   https://gogs.io/advancing/webhooks
 * - GitLab: `X-Gitlab-Token`, the secret itself.
 *   https://docs.gitlab.com/user/project/integrations/webhooks/
 * - GitLab's signing token (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944), which is Standard
 *   Webhooks: `webhook-signature: v1,BASE64`, an HMAC-SHA256 of `ID.TIMESTAMP.BODY`, keyed by the bytes that
 *   `whsec_BASE64`
 *   encodes.
 *   https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function makeVerifier(
  headers: IncomingHttpHeaders,
  secret: WebhookSecret,
  now = Date.now(),
): Verifier | undefined {
  const claims = [...claimsInHex(headers, secret), ...standardClaims(headers, secret, now)];
  const token = single(headers['x-gitlab-token']);
  if (claims.length === 0 && token === undefined) return undefined;
  return {
    update(chunk) {
      for (const { mac } of claims) mac.update(chunk);
    },
    verify() {
      if (token !== undefined && isSame(digest(token), digest(secret))) return 'GitLab';
      return claims.find(isGood)?.form;
    },
  };
}

function claimsInHex(headers: IncomingHttpHeaders, secret: WebhookSecret): Claim[] {
  const forms: [form: string, header: string, pattern: RegExp][] = [
    ['GitHub', 'x-hub-signature-256', /^sha256=([0-9a-f]{64})$/i],
    ['Bitbucket', 'x-hub-signature', /^sha256=([0-9a-f]{64})$/i],
    ['Gitea', 'x-gitea-signature', /^([0-9a-f]{64})$/i],
    ['Forgejo', 'x-forgejo-signature', /^([0-9a-f]{64})$/i],
    ['Gogs', 'x-gogs-signature', /^([0-9a-f]{64})$/i],
  ];
  return forms.flatMap(([form, header, pattern]) => {
    const value = single(headers[header]);
    if (value === undefined) return [];
    const hex = pattern.exec(value)?.[1];
    const signatures = hex === undefined ? [] : [Buffer.from(hex, 'hex')];
    return [{ form, signatures, mac: createHmac('sha256', secret) }];
  });
}

function standardClaims(headers: IncomingHttpHeaders, secret: WebhookSecret, now: number): Claim[] {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    single(headers[name]),
  );
  if (id === undefined || timestamp === undefined || signature === undefined) return [];
  const isRecent =
    /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds;
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.alloc(0);
  // Too old, or without a key of this form: there is a signature, but it can never be valid.
  const parts = isRecent && key.length >= 16 ? signature.split(' ') : [];
  const signatures = parts.flatMap((part) =>
    part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : [],
  );
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`);
  return [{ form: 'Standard Webhooks', signatures, mac }];
}

function isGood({ signatures, mac }: Claim): boolean {
  const expected = mac.digest();
  return signatures.some((signature) => isSame(signature, expected));
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Hashes have equal lengths, so that the comparison does not reveal the text's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
