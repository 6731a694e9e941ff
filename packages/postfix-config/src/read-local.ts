// Parses files that a person keeps beside the generated ones: forwards.local and destinations.local.
import { type Domain, parseDomain } from '@freehold/core/domain';
import { reasonOf } from '@freehold/core/error';
import { parseOwnAddress } from '@freehold/core/mail-address';
import type { Fault } from '@freehold/core/report-faults';
import { type Forward, nameOf } from './forward.ts';
import { parseTargets } from './mail-record.ts';

interface Line {
  readonly text: string;
  readonly subject: string;
}

// `@old\.test` at the end, after nothing or a wildcard: the notation for the rest of a domain on a manually
// configured server.
const wholeDomain = /^\/(?:\^?(?:\.[*+]|\(\.[*+]\)))?@((?:[a-z0-9-]+\\?\.)+[a-z0-9-]+)\$\/i?$/i;

/**
 * Parses lines in the format of Postfix's own virtual(5): an address or `@domain`, then its targets,
 * separated by blanks or commas. `#` begins a comment; a line that begins with a blank continues the previous
 * one. Of two lines for one address, the first takes precedence. Of the patterns of regexp_table(5), one for
 * a whole domain is treated as `@domain`.
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
      if (forwards.has(name)) throw new Error(`an earlier line has ${name} already`);
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
      `${pattern} is a pattern, but only patterns for a whole domain are supported, as in /@example\\.com$/. Write a line for each address`,
    );
  }
  const part = targets.find((target) => target.includes('$'));
  if (part) throw new Error(`${part} uses a part of the matched address, which is not supported`);
  return parseOwnAddress(`@${domain}`);
}

/**
 * Parses the domains for which mail is accepted whatever etcd contains; also in Postfix's form, one per line.
 */
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

/** Lines without comments and empty ones, with continued ones joined. */
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
