// The answers of several servers, as lines for a person.
import { reasonOf } from '@freehold/core/error';
import type { Read, Row } from './command.ts';
import { type Answer, serverField } from './on-servers.ts';
import { tableOf } from './table.ts';

export interface Combined {
  readonly lines: readonly string[];
  /** A sentence for each server whose answer cannot be printed. */
  readonly faults: readonly string[];
}

/** One table with the server first; or, for reads that print one object in lines, a section for each server. */
export function combine(read: Read, answers: readonly Answer[]): Combined {
  const { fields, single, print } = read;
  const rows = answers.flatMap((answer) => answer.rows);
  if (!single || !print) return { lines: tableOf([serverField, ...fields], rows), faults: [] };
  const lines: string[] = [];
  const faults: string[] = [];
  for (const row of rows) {
    const printed = tryPrint(row, { ...read, print });
    if ('fault' in printed) faults.push(printed.fault);
    else lines.push(...(lines.length > 0 ? [''] : []), `${row.server}:`, ...printed.lines);
  }
  return { lines, faults };
}

/** A server of another version may lack a key, or mean something else by it. */
function tryPrint(
  row: Row,
  { fields, print }: Pick<Required<Read>, 'fields' | 'print'>,
): { lines: string[] } | { fault: string } {
  const missing = fields.filter(({ key }) => row[key] === undefined).map(({ key }) => `'${key}'`);
  if (missing.length > 0) {
    return { fault: `${row.server} answered without ${missing.join(', ')}: its version differs.` };
  }
  try {
    return { lines: print([row]) };
  } catch (error) {
    return {
      fault: `${row.server} sent an unexpected answer: its version differs (${reasonOf(error)}).`,
    };
  }
}
