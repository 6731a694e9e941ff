import { addAbortSignal, type Readable } from 'node:stream';
import { FreeholdError } from './error.ts';

/**
 * Reads a stream, such as standard input, to its end as UTF-8.
 *
 * @param options.what describes the input in a sentence, e.g. 'docker inspect'.
 * @throws FreeholdError if it is longer than `maxBytes`; the signal's reason if it aborts.
 */
export async function readInput(
  stream: Readable,
  options: { maxBytes: number; what: string; signal: AbortSignal },
): Promise<string> {
  const { maxBytes, what, signal } = options;
  addAbortSignal(signal, stream);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new FreeholdError(`The input from ${what} is longer than the limit of ${maxBytes} bytes.`);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}
