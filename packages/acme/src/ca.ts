// The only module that knows acme-client. Of it, signing, nonces and external account binding are used; its own ways of
// waiting and of retrying are not, since they sleep in the process for as long as the CA likes.
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import acme from 'acme-client';
import { CaError } from './ca-error.ts';
import {
  type Attempt,
  type Directory,
  directoryObject,
  type HttpAnswer,
  locationOf,
  type Reply,
  refusalOf,
  renewalInfoObject,
  replyOf,
  whyOf,
} from './ca-reply.ts';
import {
  type AuthorizationObject,
  authorizationObject,
  type OrderObject,
  orderObject,
} from './order-step.ts';

export interface Binding {
  readonly kid: string;
  readonly hmacKey: string;
}

/** An account's requests to a CA. Every call rejects with a CaError. */
export interface Ca {
  readonly directory: Directory;
  /** How far the CA's clock was ahead of this host's when it answered, in milliseconds; undefined if it sent no time. */
  readonly clockOffset: number | undefined;
  newAccount(contact: string): Promise<string>;
  newOrder(accountUrl: string, order: object): Promise<Reply<OrderObject> & { location: string }>;
  order(accountUrl: string, url: string): Promise<Reply<OrderObject>>;
  authorization(accountUrl: string, url: string): Promise<Reply<AuthorizationObject>>;
  answer(accountUrl: string, challengeUrl: string): Promise<void>;
  finalize(
    accountUrl: string,
    url: string,
    names: readonly string[],
    key: string,
  ): Promise<Reply<OrderObject>>;
  download(accountUrl: string, url: string): Promise<string>;
  /** The address of the account of this key; undefined where the CA knows none (RFC 8555 section 7.3.1). */
  existingAccount(): Promise<string | undefined>;
  /** Ends an account for good (RFC 8555 section 7.3.6). */
  deactivate(accountUrl: string): Promise<void>;
  renewalInfo(id: string): Promise<Reply<{ start: number; end: number }>>;
}

/** Of acme-client's types, which leave it out: one signed request, and one that is not. */
interface Http {
  signedRequest(url: string, payload: object | null, options: object): Promise<HttpAnswer>;
  request(url: string, method: string): Promise<HttpAnswer>;
}

/** A CA may be silent for so long, in milliseconds, and take so long for one request in all. */
const [silentMs, wholeMs] = [30_000, 60_000];
const maxBytes = 1_000_000;

/**
 * @param options.ca PEM of a root that is trusted for the directory too.
 * @param options.withinMs how long one request may take.
 */
export async function connectCa(options: {
  directory: string;
  accountKey: string;
  ca?: string | undefined;
  binding?: Binding | undefined;
  signal: AbortSignal;
  withinMs?: number;
}): Promise<Ca> {
  const { directory: directoryUrl, accountKey, ca, binding, signal, withinMs = wholeMs } = options;
  // They repeat requests in their own time, and lose the reason of one that got no answer.
  acme.axios.interceptors.request.clear();
  acme.axios.interceptors.response.clear();
  const httpsAgent = ca ? new Agent({ ca: [...rootCertificates, ca] }) : undefined;
  Object.assign(acme.axios.defaults, {
    timeout: silentMs,
    maxContentLength: maxBytes,
    ...(httpsAgent && { httpsAgent }),
  });
  const client = new acme.Client({
    directoryUrl,
    accountKey,
    ...(binding && { externalAccountBinding: binding }),
  });
  const http = (client as unknown as { http: Http }).http;

  const reach: Attempt = { what: `Cannot reach the CA at ${directoryUrl}`, scope: 'directory' };

  async function ask(attempt: Attempt, call: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const late = () => stopped.reject(new Error(`no complete answer within ${withinMs / 1000} seconds`));
    const timer = setTimeout(late, withinMs);
    try {
      const answer = await Promise.race([call(), stopped.promise]);
      if (answer.status < 400) return answer;
      throw refusalOf(attempt, answer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CaError) throw error;
      throw new CaError({ ...attempt, what: reach.what, detail: whyOf(error), cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  const post = (attempt: Attempt, url: string, payload: object | null, kid: string) =>
    ask(attempt, () => http.signedRequest(url, payload, { kid }));

  const read = await ask(reach, () => http.request(directoryUrl, 'get'));
  const { body: directory, date } = replyOf(reach, directoryObject, read);
  const time = Date.parse(date ?? '');
  // Now and not later: a run may take hours.
  const clockOffset = Number.isNaN(time) ? undefined : time - Date.now();
  const orderFrom = (attempt: Attempt, answer: HttpAnswer) => replyOf(attempt, orderObject, answer);
  return {
    directory,
    clockOffset,
    async newAccount(contact) {
      const attempt = { what: 'Cannot create an account at the CA', scope: 'directory' } as const;
      const payload = { termsOfServiceAgreed: true, contact: [`mailto:${contact}`] };
      const signing = { includeExternalAccountBinding: true };
      const { headers } = await ask(attempt, () =>
        http.signedRequest(directory.newAccount, payload, signing),
      );
      return locationOf(attempt, headers.location);
    },
    async existingAccount() {
      const attempt = { what: 'Cannot find an account at the CA', scope: 'directory' } as const;
      try {
        const { headers } = await ask(attempt, () =>
          http.signedRequest(directory.newAccount, { onlyReturnExisting: true }, {}),
        );
        return locationOf(attempt, headers.location);
      } catch (error) {
        if (error instanceof CaError && error.type === 'accountDoesNotExist') return undefined;
        throw error;
      }
    },
    async newOrder(accountUrl, order) {
      const attempt = { what: 'Cannot order a certificate from the CA' } as const;
      const reply = orderFrom(attempt, await post(attempt, directory.newOrder, order, accountUrl));
      return { ...reply, location: locationOf(attempt, reply.location) };
    },
    async order(accountUrl, url) {
      const attempt = { what: 'Cannot read the state of the order from the CA' } as const;
      return orderFrom(attempt, await post(attempt, url, null, accountUrl));
    },
    async authorization(accountUrl, url) {
      const attempt = { what: 'Cannot read the state of an authorization from the CA' } as const;
      return replyOf(attempt, authorizationObject, await post(attempt, url, null, accountUrl));
    },
    async answer(accountUrl, challengeUrl) {
      await post({ what: 'The CA cannot validate a name' }, challengeUrl, {}, accountUrl);
    },
    async finalize(accountUrl, url, names, key) {
      const [, csr] = await acme.crypto.createCsr({ altNames: [...names] }, key);
      const attempt = { what: 'The CA cannot finalize the order' } as const;
      const payload = { csr: acme.crypto.getPemBodyAsB64u(csr) };
      return orderFrom(attempt, await post(attempt, url, payload, accountUrl));
    },
    async download(accountUrl, url) {
      const attempt = { what: 'Cannot download the certificate from the CA' } as const;
      const { data } = await post(attempt, url, null, accountUrl);
      if (typeof data === 'string' && data.includes('-----BEGIN CERTIFICATE-----')) return data;
      throw new CaError({ ...attempt, detail: 'its answer is not a certificate' });
    },
    async deactivate(accountUrl) {
      const attempt = { what: 'The CA cannot deactivate an account' } as const;
      await post(attempt, accountUrl, { status: 'deactivated' }, accountUrl);
    },
    async renewalInfo(id) {
      const attempt = { what: "Cannot read the CA's advice on renewal" } as const;
      const url = `${directory.renewalInfo?.replace(/\/$/, '')}/${id}`;
      const reply = replyOf(attempt, renewalInfoObject, await ask(attempt, () => http.request(url, 'get')));
      const { start, end } = reply.body.suggestedWindow;
      return { ...reply, body: { start: Date.parse(start), end: Date.parse(end) } };
    },
  };
}
