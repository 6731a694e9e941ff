// What the program postfix-config prints for a person (its commands list and dns), as rows.
import type { Row } from '../command.ts';

/** A table with columns two blanks apart; after it a line for each invalid entry: 'SUBJECT is left out: REASON'. */
export function parseForwards(text: string): Row[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const starts = ['ADDRESS', 'GOES TO', 'POSTFIX', 'FROM'].map((title) => head.indexOf(title));
  return lines.map((line) => {
    const [, subject, reason] = /^(\S.*?) is left out: (.*)$/.exec(line) ?? [];
    if (subject !== undefined) {
      return { address: null, targets: [], postfix: null, source: subject, problem: reason ?? null };
    }
    const [address = '', targets = '', postfix = '', source = ''] = starts.map((start, index) =>
      line.slice(start, starts[index + 1]).trim(),
    );
    return {
      address,
      targets: targets.split(', ').filter(Boolean),
      postfix,
      source: source === '-' ? null : source,
      problem: null,
    };
  });
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
