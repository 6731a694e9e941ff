import { connect } from 'node:net';

/**
 * Sends one line to a Unix socket and returns everything received until the other side ends the connection.
 * Rejects if nothing listens there, or, naming `who`, if the answer takes longer than `withinMs`.
 */
export function askSocket(
  path: string,
  line: string,
  options: { who: string; withinMs: number },
): Promise<string> {
  const { who, withinMs } = options;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(path);
  let answer = '';
  socket.setEncoding('utf8');
  socket.setTimeout(withinMs, () => socket.destroy(new Error(`${who} did not answer within ${withinMs} ms`)));
  socket.on('connect', () => socket.write(`${line}\n`));
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', reject);
  socket.on('close', () => resolve(answer));
  return promise;
}
