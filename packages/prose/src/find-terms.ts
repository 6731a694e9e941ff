import { type Term, terms } from './terms.ts';

/** One forbidden term in a text: its offset and length in characters. */
export interface Match {
  readonly index: number;
  readonly length: number;
  readonly found: string;
  readonly use: string;
}

/** White space, with the marks that begin a line of a comment in TypeScript, C or a shell. */
const space = '(?:\\s|(?<=[\\s*/#])[*/#]+)+';

/**
 * A term may not touch a character of a file name, an identifier or an address: `hop.pem`, `mail-barrier` and
 * `make-authority.sh` are names. A hyphen may follow, as in 'put-back'.
 */
const compiled = terms.map(({ pattern, use }: Term) => ({
  use,
  expression: new RegExp(
    `(?<![\\w./@$%{-])(?:${pattern.replaceAll(' ', space)})(?![\\w/@}(=]|[.:-]\\w)`,
    'giu',
  ),
}));

/** Finds all forbidden terms in a text, in its order. */
export function findTerms(text: string): Match[] {
  const matches = compiled.flatMap(({ use, expression }) =>
    [...text.matchAll(expression)].map((match) => ({
      index: match.index,
      length: match[0].length,
      found: match[0].replace(/[\s*/#]+/g, ' '),
      use,
    })),
  );
  return matches.sort((a, b) => a.index - b.index);
}
