/** The beginning of each line, at most `length` bytes of it: a dump's lines may be as long as memory. */
export async function* lineStarts(
  pieces: AsyncIterable<Buffer | string>,
  length: number,
): AsyncGenerator<string> {
  let start = '';
  let begun = false;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(10, at);
      const stop = newline === -1 ? bytes.length : newline;
      if (start.length < length)
        start += bytes.toString('latin1', at, Math.min(stop, at + length - start.length));
      begun = true;
      at = stop + 1;
      if (newline === -1) continue;
      yield start;
      [start, begun] = ['', false];
    }
  }
  if (begun) yield start;
}
