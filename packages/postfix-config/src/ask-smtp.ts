import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { FreeholdError, reasonOf } from '@freehold/core/error';

/** The time limit of one answer from a mail server, in milliseconds. */
const withinMs = 10_000;

/**
 * Asks a mail server whether it would accept a message for an address, and hangs up before sending one.
 * Returns its last answer, such as `250 2.1.5 Ok`: the answer to the recipient, or an earlier refusal.
 */
export async function askSmtp(server: string, recipient: string): Promise<string> {
  const colon = server.lastIndexOf(':');
  const socket = connect({ host: server.slice(0, colon), port: Number(server.slice(colon + 1)) });
  socket.setTimeout(withinMs, () => socket.destroy(new Error(`no answer within ${withinMs} ms`)));
  try {
    await once(socket, 'connect');
    const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
    let answer = await readAnswer(answers);
    for (const command of ['EHLO localhost', 'MAIL FROM:<>', `RCPT TO:<${recipient}>`]) {
      if (!answer.startsWith('2')) return answer;
      socket.write(`${command}\r\n`);
      answer = await readAnswer(answers);
    }
    socket.end('QUIT\r\n');
    return answer;
  } catch (error) {
    throw new FreeholdError(`Cannot ask Postfix at ${server} about ${recipient}: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}

/** The last line of an answer, the only one with a space after its code. */
async function readAnswer(lines: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('the connection was closed');
    if (/^\d{3}(?: |$)/.test(value)) return value;
  }
}
