// What the program postfix-config prints (its commands list --json, test --json and dns), as rows.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import * as v from 'valibot';
import type { Row } from '../command.ts';

const forwards = v.array(
  v.object({
    address: v.nullable(v.string()),
    targets: v.array(v.string()),
    postfix: v.string(),
    source: v.nullable(v.string()),
    problem: v.nullable(v.string()),
  }),
);

/** @throws FreeholdError for anything else than that JSON. */
export function parseForwards(text: string): Row[] {
  try {
    return v.parse(forwards, JSON.parse(text));
  } catch (error) {
    throw new FreeholdError(`Cannot parse the list that postfix-config printed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const explained = v.object({
  address: v.string(),
  verdict: v.string(),
  explanation: v.array(v.string()),
  accepted: v.nullable(v.boolean()),
  answer: v.string(),
  skipped: v.array(v.object({ source: v.string(), problem: v.string() })),
  records: v.array(v.string()),
});

/** @throws FreeholdError for anything else than that JSON. */
export function parseExplained(text: string): Row {
  try {
    return v.parse(explained, JSON.parse(text));
  } catch (error) {
    throw new FreeholdError(`Cannot parse the answer of postfix-config: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** The lines of a zone file: records, and comments that begin with ';'. */
export function parseDns(domain: string, text: string): Row {
  const zone = text.split('\n').filter((line) => line !== '');
  const records = zone
    .filter((line) => !line.startsWith(';'))
    .map((line) => {
      const [name = '', type = '', ...value] = line.split(' ');
      return { name, type, value: value.join(' ') };
    });
  return { domain, records, zone };
}
