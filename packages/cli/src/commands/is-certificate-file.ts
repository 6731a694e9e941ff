/** Whether a word of `cert check` is a file, and not a domain. */
export function isCertificateFile(word: string): boolean {
  return word.includes('/') || word.endsWith('.pem');
}
