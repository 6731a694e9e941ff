// One connection to one worker of HAProxy, for any number of commands. After a reload the old worker may still accept
// connections; so a program that has asked a worker's identity on a connection can be sure to reach that worker only on the same
// connection. HAProxy's interactive mode (management manual, section 9.3) keeps the connection open after an answer.
import { connect, type Socket } from 'node:net';
import { FreeholdError } from '@freehold/core/error';
import { batchesOf } from './command-lines.ts';

/** Gives the answer to each command, without the prompt. The lines, none of them empty, go with the last command. */
export type Ask = (commands: readonly string[], lines?: readonly string[]) => Promise<string[]>;

export interface WorkerConnection {
  /** Rejects if HAProxy ends the connection, or does not answer. One call at a time. */
  readonly ask: Ask;
  close(): void;
}

/** Ends each answer. None of the commands that are used here gives a line that begins so. */
const prompt = '\n> ';
/** Stands ahead of the answer to a command with lines, once for each of them. */
const lineMarks = /^(?:\+ )+/;

/** Connects to HAProxy's Unix socket; `withinMs` is the time for one answer. */
export async function connectWorker(path: string, withinMs: number): Promise<WorkerConnection> {
  const socket = connect(path);
  socket.setEncoding('utf8');
  socket.setTimeout(withinMs, () =>
    socket.destroy(new FreeholdError(`HAProxy did not answer within ${withinMs} ms`)),
  );
  const read = readAnswers(socket);
  async function send(text: string, answers: number): Promise<string[]> {
    const answered = read(answers);
    socket.write(text);
    return answered;
  }
  await send('prompt\n', 1);
  return {
    async ask(commands, lines) {
      const answers: string[] = [];
      const [last = '', before] = lines ? [commands.at(-1), commands.slice(0, -1)] : ['', commands];
      for (const batch of batchesOf(before))
        answers.push(...(await send(`${batch.join(';')}\n`, batch.length)));
      if (lines) answers.push(...(await send(`${last} <<\n${lines.join('\n')}\n\n`, 1)));
      return answers;
    },
    close: () => socket.destroy(),
  };
}

/** Collects what the socket gives; the function that it returns waits for so many answers. */
function readAnswers(socket: Socket): (count: number) => Promise<string[]> {
  let received = '';
  let ended: Error | undefined;
  let check = () => {};
  socket.on('data', (chunk) => {
    received += chunk;
    if (received.endsWith(prompt)) check();
  });
  socket.on('error', (error) => {
    ended = error;
  });
  socket.on('close', () => {
    ended ??= new FreeholdError('HAProxy closed the connection');
    check();
  });
  return (count) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    check = () => {
      const answers = received.split(prompt).slice(0, -1);
      if (ended) return reject(ended);
      if (answers.length < count) return;
      received = '';
      check = () => {};
      resolve(answers.map((answer) => answer.replace(lineMarks, '')));
    };
    if (ended) check();
    return promise;
  };
}
