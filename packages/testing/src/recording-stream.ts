/** A stream for `createLog` whose lines are kept to be looked at. */
export function recordingStream(): { write(text: string): void; lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (text) => void lines.push(text.trimEnd()) };
}
