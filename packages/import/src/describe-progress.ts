// Describes the state of progress in words.

export interface Size {
  readonly bytes: number;
  readonly files: number;
}

/** The number of files in an archive is not known before its end. */
export interface Total {
  readonly bytes: number;
  readonly files?: number | undefined;
}

/** For instance `34 %, 341 of 1000 MB, 6800 files, 12 s left`. */
export function describeProgress(done: Size, total: Total, elapsedMs: number): string {
  const share = total.bytes > 0 ? Math.min(done.bytes / total.bytes, 1) : 1;
  const files = total.files === undefined ? `${done.files}` : `${done.files} of ${total.files}`;
  const left = share > 0 ? `, ${duration((elapsedMs * (1 - share)) / share)} left` : '';
  return `${Math.floor(share * 100)} %, ${bytesOf(done.bytes, total.bytes)}, ${files} files${left}`;
}

function bytesOf(done: number, total: number): string {
  const [unit, size] = total < 1e6 ? ['kB', 1e3] : total < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  const digits = unit === 'GB' ? 1 : 0;
  return `${(done / size).toFixed(digits)} of ${(total / size).toFixed(digits)} ${unit}`;
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
