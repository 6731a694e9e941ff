// A client that supports SMTPUTF8 may write a domain with its letters, as in info@bücher.test. Postfix would
// then pass the message only to servers that support it too, and bounce it otherwise, because of an address
// that does not even appear in the outgoing message. So the domain is converted to its ASCII form as soon as
// the client sends it.
import { domainToASCII, domainToUnicode } from 'node:url';
import type { Domain } from '@freehold/core/domain';

/** The domain as a person writes it, if that differs from its ASCII form. */
export function unicodeFormOf(domain: Domain): string | undefined {
  const unicode = domainToUnicode(domain);
  return unicode === domain || unicode === '' ? undefined : unicode;
}

/**
 * Lines for Postfix's `smtpd_command_filter` (regexp_table(5)), one for each domain with letters beyond
 * ASCII.
 */
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
    // Not as a class, [üÜ]: the C locale, in which Postfix runs, treats each byte in it as a letter.
    return upper === undefined ? letter : `(${letter}|${upper})`;
  });
  // POSIX has no non-capturing groups, so these come between the head and the tail.
  const tail = 2 + parts.filter((part) => part.startsWith('(')).length;
  const pattern = `^(RCPT[[:space:]]+TO:.*@)${parts.join('')}(>?([[:space:]][^@<>]*)?)$`;
  return `/${pattern}/ \${1}${domain}\${${tail}}`;
}

/**
 * Postfix itself folds only the case of ASCII letters; an upper case that yields another domain (ς, ß) is
 * excluded.
 */
function upperCaseOf(
  unicode: string,
  of: { letter: string; at: number; domain: Domain },
): string | undefined {
  const upper = of.letter.toUpperCase();
  if (upper === of.letter || /^[a-z]$/.test(of.letter)) return undefined;
  const letters = [...unicode];
  return domainToASCII(letters.with(of.at, upper).join('')) === of.domain ? upper : undefined;
}
