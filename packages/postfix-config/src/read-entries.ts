import { reasonOf } from '@freehold/core/error';
import type { Fault } from '@freehold/core/report-faults';
import { type Forward, type Forwards, nameOf } from './forward.ts';
import { parseMailKey, parseMailRecord } from './mail-record.ts';

type Entries = ReadonlyMap<string, string>;

/**
 * Creates a reader of etcd's entries that parses each only once, however often it is called. An invalid entry
 * is a fault and affects no other. If two keys mean the same address, the one in the plain form takes
 * precedence; if an operator's file contains the address too, neither does.
 */
export function createEntryReader(limit: number) {
  let parsed = new Map<string, { value: string; result: Forward | Fault }>();

  return function readEntries(entries: Entries, byHand: Forwards): { forwards: Forwards; faults: Fault[] } {
    const forwards = new Map(byHand);
    const faults: Fault[] = [];
    const seen: typeof parsed = new Map();
    for (const [key, value] of [...entries].sort(plainFirst)) {
      const known = parsed.get(key);
      const result = known?.value === value ? known.result : parseEntry(key, value, limit);
      seen.set(key, { value, result });
      if ('reason' in result) {
        faults.push(result);
        continue;
      }
      const taken = forwards.get(nameOf(result));
      if (taken) faults.push({ subject: key, reason: takenBy(taken, byHand) });
      else forwards.set(nameOf(result), result);
    }
    parsed = seen;
    return { forwards, faults };
  };
}

function takenBy(taken: Forward, byHand: Forwards): string {
  return byHand.has(nameOf(taken))
    ? `${taken.source} has this address too, and manual entries take precedence`
    : `${taken.source} is the same address and takes precedence`;
}

function parseEntry(key: string, value: string, limit: number): Forward | Fault {
  try {
    return { ...parseMailKey(key), targets: parseMailRecord(value, limit), source: key };
  } catch (error) {
    return { subject: key, reason: reasonOf(error) };
  }
}

function plainFirst([one]: [string, string], [other]: [string, string]): number {
  return Number(isPlain(other)) - Number(isPlain(one)) || (one < other ? -1 : 1);
}

/** In lower case and ASCII, the form in which this program writes keys. */
function isPlain(key: string): boolean {
  return /^[!-@[-~]*$/.test(key);
}
