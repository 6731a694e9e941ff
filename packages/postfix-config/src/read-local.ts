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

// `@old\.test` at the end, after nothing or whatever: what a server set up by hand says for the rest of a domain.
const wholeDomain = /^\/(?:\^?(?:\.[*+]|\(\.[*+]\)))?@((?:[a-z0-9-]+\\?\.)+[a-z0-9-]+)\$\/i?$/i;

/**
 * Reads lines as in Postfix's own virtual(5): an address or `@domain`, then where to forward to, separated by blanks or
 * commas. `#` begins a comment; a line that begins with a blank continues the one before. Of two lines for one address
 * the first counts. Of the patterns of regexp_table(5), one for the whole of a domain is taken for `@domain`.
 */
export function readLocalForwards(text: string, options: { file: string; limit: number }) {
  const forwards = new Map<string, Forward>();
  const faults: Fault[] = [];
  for (const { text: line, subject } of linesOf(text, options.file)) {
    try {
      const [pattern = '', ...targets] = line.split(/[\s,]+/).filter((word) => word !== '');
      const address = pattern.startsWith('/') ? parsePattern(pattern, targets) : parseOwnAddress(pattern);
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

function parsePattern(pattern: string, targets: readonly string[]): ReturnType<typeof parseOwnAddress> {
  const domain = wholeDomain.exec(pattern)?.[1]?.replaceAll('\\', '');
  if (domain === undefined) {
    throw new Error(
      `${pattern} is a pattern, and of these only one for the whole of a domain is taken, as in /@example\\.com$/: write a line for each address`,
    );
  }
  const part = targets.find((target) => target.includes('$'));
  if (part) throw new Error(`${part} has a part of the address that was found, which is not taken`);
  return parseOwnAddress(`@${domain}`);
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
