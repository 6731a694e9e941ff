/** Prints a step, or why something has failed. */
export type PrintStep = (sentence: string, kind?: 'failure') => void;

/** Steps go to standard output, reasons of failures to standard error, with the seconds since the run began. */
export function createPrinter(): PrintStep {
  const begun = performance.now();
  return (sentence, kind) => {
    const seconds = String(Math.floor((performance.now() - begun) / 1000)).padStart(4);
    (kind === 'failure' ? process.stderr : process.stdout).write(`[${seconds} s] ${sentence}\n`);
  };
}
