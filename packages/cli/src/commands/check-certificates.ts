// Checks the certificates of this host: what scripts/host/check-certs.sh calls.
import { parseArguments } from '@freehold/core/arguments';
import { printLines } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import { sentenceOf } from '../host/certificate-sentences.ts';
import { faultOfRows } from './cert.ts';
import { checkHere } from './read-certificates.ts';

const help = 'Usage: check-certs.sh [--days DAYS] [DOMAIN …]';

/**
 * Prints a sentence for each certificate. Orders are not rehearsed.
 *
 * @throws FreeholdError if one is wrong.
 */
export async function checkCertificatesStep(words: readonly string[], program: Program): Promise<void> {
  const { values, positionals } = parseArguments(words, { days: { type: 'string' } }, help);
  const { env, log, signal } = program;
  const rows = await checkHere({ args: positionals, options: { days: values.days }, env, log, signal });
  printLines(rows.map(sentenceOf));
  faultOfRows(rows);
}
