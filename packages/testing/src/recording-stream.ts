/** A stream for `createLog` that records its lines. */
export function recordingStream(): { write(text: string): void; lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (text) => void lines.push(text.trimEnd()) };
}
