// A client that speaks SMTPUTF8 may write a domain with its letters, as in info@bücher.test. Postfix would then hand the
// message only to servers that speak it too, and send it back where the target's does not: for an address that is
// nowhere in the message that leaves. So the domain is put into its ASCII form when the client says it.
import { domainToASCII, domainToUnicode } from 'node:url';
import type { Domain } from '@freehold/core/domain';

/** The domain as a person writes it, if that is another way than its ASCII form. */
export function unicodeFormOf(domain: Domain): string | undefined {
  const unicode = domainToUnicode(domain);
  return unicode === domain || unicode === '' ? undefined : unicode;
}

/** Lines for Postfix's `smtpd_command_filter` (regexp_table(5)), one for each domain that has letters beyond ASCII. */
export function renderSpellings(domains: Iterable<Domain>): string[] {
  return [...domains].flatMap((domain) => {
    const unicode = unicodeFormOf(domain);
    return unicode === undefined ? [] : [lineFor(unicode, domain)];
  });
}

function lineFor(unicode: string, domain: Domain): string {
  const parts = [...unicode].map((letter, at) => {
    if (letter === '.') return '\\.';
    const upper = upperCaseOf(unicode, { letter, at, domain });
    // Not as a class, [üÜ]: the C locale, in which Postfix runs, takes each byte in it for a letter.
    return upper === undefined ? letter : `(${letter}|${upper})`;
  });
  // Those that POSIX has no way to leave uncounted come between the head and the tail.
  const tail = 2 + parts.filter((part) => part.startsWith('(')).length;
  const pattern = `^(RCPT[[:space:]]+TO:.*@)${parts.join('')}(>?([[:space:]][^@<>]*)?)$`;
  return `/${pattern}/ \${1}${domain}\${${tail}}`;
}

/** Postfix itself folds the case of ASCII only; an upper case that makes another domain (ς, ß) is none. */
function upperCaseOf(
  unicode: string,
  of: { letter: string; at: number; domain: Domain },
): string | undefined {
  const upper = of.letter.toUpperCase();
  if (upper === of.letter || /^[a-z]$/.test(of.letter)) return undefined;
  const letters = [...unicode];
  return domainToASCII(letters.with(of.at, upper).join('')) === of.domain ? upper : undefined;
}
