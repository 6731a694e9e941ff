/** The kind of failure: `failed` ends a program with exit code 1, `usage` (arguments or settings) with 2. */
export type ErrorCode = 'failed' | 'usage';

/**
 * The one error class. Its message states what was attempted, on what, why it failed and, if possible, what
 * to do. `cause` keeps the underlying error.
 */
export class FreeholdError extends Error {
  readonly code: ErrorCode;

  constructor(message: string, options: { code?: ErrorCode; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'FreeholdError';
    this.code = options.code ?? 'failed';
  }
}

/** The part of any thrown value that fits into a sentence: its message, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
