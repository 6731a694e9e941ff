/** HAProxy takes one line, or the lines for one command, into a buffer of 16 kB (tune.bufsize). */
export const mostBytes = 14_000;

/** Commands for one line each: as many as it can take. */
export function batchesOf(commands: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const command of commands) {
    bytes += command.length + 1;
    const last = batches.at(-1);
    if (last && bytes <= mostBytes) last.push(command);
    else {
      batches.push([command]);
      bytes = command.length + 1;
    }
  }
  return batches;
}
