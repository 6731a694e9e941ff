// Files that a person keeps beside those written here: forwards.local and destinations.local.
import { type Domain, parseDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import type { Fault } from '@freehold/core/report-faults';
import { parseOwnAddress } from './address.ts';
import { type Forward, nameOf } from './forward.ts';
import { parseTargets } from './mail-record.ts';

interface Line {
  readonly text: string;
  readonly subject: string;
}

/**
 * Reads lines as in Postfix's own virtual(5): an address or `@domain`, then where to forward to, separated by blanks or
 * commas. `#` begins a comment; a line that begins with a blank continues the one before. Of two lines for one address
 * the first counts.
 */
export function readLocalForwards(text: string, options: { file: string; limit: number }) {
  const forwards = new Map<string, Forward>();
  const faults: Fault[] = [];
  for (const { text: line, subject } of linesOf(text, options.file)) {
    try {
      const [pattern = '', ...targets] = line.split(/[\s,]+/).filter((word) => word !== '');
      const address = parseOwnAddress(pattern);
      if (targets.length === 0) throw new Error('there is no address to forward to');
      const name = nameOf(address);
      if (forwards.has(name)) throw new Error(`${name} is in an earlier line already`);
      forwards.set(name, { ...address, targets: parseTargets(targets, options.limit), source: subject });
    } catch (error) {
      faults.push({ subject, reason: reasonOf(error) });
    }
  }
  return { forwards, faults };
}

/** Reads the domains that are taken mail for whatever etcd says; in the form that Postfix takes, too, one a line. */
export function readLocalDestinations(text: string, file: string) {
  const domains = new Set<Domain>();
  const faults: Fault[] = [];
  for (const { text: line, subject } of linesOf(text, file)) {
    try {
      for (const word of line.split(/[\s,]+/).filter((one) => one !== '')) domains.add(parseDomain(word));
    } catch (error) {
      faults.push({ subject, reason: reasonOf(error) });
    }
  }
  return { domains, faults };
}

/** Lines without comments and empty ones, continued ones joined. */
function linesOf(text: string, file: string): Line[] {
  const lines: Line[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const last = lines.at(-1);
    if (/^\s/.test(line) && last) lines[lines.length - 1] = { ...last, text: last.text + line };
    else lines.push({ text: line, subject: `${file} line ${index + 1}` });
  }
  return lines;
}
