/** Smallest, median and largest of some measurements. */
export function summary(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor((sorted.length - 1) / 2)), max: at(sorted.length - 1) };
}

/** Prints one line of a benchmark: its subject, the figures, and the aim if there is one. */
export function printFigure(what: string, figures: string, aim = ''): void {
  process.stdout.write(
    `${what.padEnd(58)} ${figures.padEnd(36)} ${aim && `aim: ${aim}`}\n`.replace(/ +\n/, '\n'),
  );
}

/** `12.3 ms (11.0 to 19.4)`: the median, and the range. */
export function milliseconds(values: readonly number[]): string {
  const { min, median, max } = summary(values);
  return `${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)})`;
}

/** `12.3 ms (p90 19.4)`: the median, and what nine of ten are below. */
export function median90(values: readonly number[]): string {
  return `${quantile(values, 0.5).toFixed(1)} ms (p90 ${quantile(values, 0.9).toFixed(1)})`;
}

/** The value below which the given part (0 to 1) of some measurements lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
