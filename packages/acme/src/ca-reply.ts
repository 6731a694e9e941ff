// What a CA answers, and the shape of it. What has another shape becomes a CaError.
import { reasonOf } from '@freehold/core/error';
import * as v from 'valibot';
import { CaError, type Scope } from './ca-error.ts';

/** As axios gives it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

/** RFC 8555 section 7.1.1, with renewalInfo of RFC 9773 and the profiles of draft-ietf-acme-profiles. */
export const directoryObject = v.object({
  newOrder: v.string(),
  newAccount: v.string(),
  newNonce: v.string(),
  renewalInfo: v.optional(v.string()),
  meta: v.optional(
    v.object({
      termsOfService: v.optional(v.string()),
      caaIdentities: v.optional(v.array(v.string())),
      profiles: v.optional(v.record(v.string(), v.unknown())),
      externalAccountRequired: v.optional(v.boolean()),
    }),
  ),
});
export type Directory = v.InferOutput<typeof directoryObject>;

/** One request. `what` begins the sentence about its failure; `scope` is set where a failure of any kind has it. */
export interface Attempt {
  readonly what: string;
  readonly scope?: Scope;
}

/** An answer of the CA: `date` and `retryAfter` are headers. */
export interface Reply<T> {
  readonly body: T;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

/** Where a name has several addresses, the error has a code and no message. */
export function whyOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || !code ? reasonOf(error) : code;
}

const isoTime = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'a time is required'),
);
/** RFC 9773 section 4.2. */
export const renewalInfoObject = v.object({ suggestedWindow: v.object({ start: isoTime, end: isoTime }) });

/** Takes an answer for what it should be. @throws CaError if it is of another shape. */
export function replyOf<T extends v.GenericSchema>(
  attempt: Attempt,
  schema: T,
  answer: HttpAnswer,
): Reply<v.InferOutput<T>> {
  const { headers, data } = answer;
  const result = v.safeParse(schema, data);
  if (!result.success) {
    const where = v.getDotPath(result.issues[0]);
    throw new CaError({
      ...attempt,
      status: answer.status,
      detail: `its answer is invalid${where ? ` (${where})` : ''}`,
    });
  }
  return {
    body: result.output,
    location: headers.location,
    retryAfter: headers['retry-after'],
    date: headers.date,
  };
}

/** A refusal as an error. RFC 8555 section 6.7; a proxy in between answers with something else. */
export function refusalOf(attempt: Attempt, { status, headers, data }: HttpAnswer): CaError {
  const problem = v.safeParse(v.object({ type: v.string(), detail: v.optional(v.string()) }), data);
  const type = problem.success
    ? /^urn:ietf:params:acme:error:(\w+)$/.exec(problem.output.type)?.[1]
    : undefined;
  const detail = (problem.success && problem.output.detail) || `it answered ${status}`;
  return new CaError({ ...attempt, status, type, detail, retryAfter: headers['retry-after'] });
}

/** The address of what was made. @throws CaError if there is none. */
export function locationOf(attempt: Attempt, location: string | undefined): string {
  if (location) return location;
  throw new CaError({ ...attempt, detail: 'its answer has no address (Location)' });
}
