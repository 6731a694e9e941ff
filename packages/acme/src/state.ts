// What acme keeps on disk between its runs, and the shape of it. Times are in milliseconds as in Date.now().
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explained } from '@freehold/core/explain-disk';
import { writeAtomic } from '@freehold/core/write-atomic';
import * as v from 'valibot';
import { hold } from './hold.ts';
import { orderEntry } from './ledger.ts';

/** An order that is not done. It is continued by the next run, also after a kill. */
export const pendingOrder = v.object({
  directory: v.string(),
  url: v.string(),
  names: v.array(v.string()),
  /** The new certificate's key, in PEM. */
  key: v.string(),
  renewal: v.boolean(),
  made: v.number(),
  /** How often in a row the CA did not do what it takes. */
  failures: v.optional(v.number(), 0),
  /** When it is to be looked at again. */
  ...hold.entries,
});
export type PendingOrder = v.InferOutput<typeof pendingOrder>;

/** Why a site has no new certificate, and when that is looked at again; `count` failures of the same kind in a row. */
export const failure = v.object({
  kind: v.picklist(['preflight', 'order']),
  count: v.number(),
  sentence: v.string(),
  ...hold.entries,
});
export type Failure = v.InferOutput<typeof failure>;

export const siteState = v.object({
  /** When acme saw the site first, which decides about the order of service. */
  seen: v.number(),
  order: v.optional(pendingOrder),
  failure: v.optional(failure),
  /** The CA's advice on renewal (RFC 9773), for the certificate with this fingerprint. */
  advice: v.optional(
    v.object({ fingerprint: v.string(), start: v.number(), end: v.number(), ...hold.entries }),
  ),
  /** The last sentence that was logged, so that it is logged once. */
  reported: v.optional(v.string()),
});
export type SiteState = v.InferOutput<typeof siteState>;

export const hostState = v.object({
  /** The account's URL at each directory. */
  accounts: v.record(v.string(), v.string()),
  ledger: v.array(orderEntry),
  /** Nothing is asked of the CA before `again`. */
  failure: v.optional(v.object({ count: v.number(), sentence: v.string(), ...hold.entries })),
  /** Registered domains that the CA limits, and until when. */
  limited: v.record(v.string(), hold),
});
export type HostState = v.InferOutput<typeof hostState>;

export const emptyHostState: HostState = { accounts: {}, ledger: [], limited: {} };

/** The certificates in one TLS folder that acme made, the newest first. */
export const madeCertificates = v.object({
  made: v.array(v.object({ fingerprint: v.string(), directory: v.string() })),
});
export type MadeCertificates = v.InferOutput<typeof madeCertificates>;

/** Reads a file of JSON; what is not there, or is of another shape, is `undefined`. */
export async function readState<T extends v.GenericSchema>(
  path: string,
  schema: T,
): Promise<v.InferOutput<T> | undefined> {
  try {
    return parseState(await readFile(path, 'utf8'), schema);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Parses JSON; text of another shape is `undefined`. */
export function parseState<T extends v.GenericSchema>(text: string, schema: T): v.InferOutput<T> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes it whole or not at all, for nobody else to read. */
export async function writeState(path: string, state: object): Promise<void> {
  await explained(`Cannot write ${path}`, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomic(path, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  });
}
