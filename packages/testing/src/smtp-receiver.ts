import { createServer, type Server, type Socket } from 'node:net';

/** A message as received: its envelope, and its bytes with dot-stuffing removed. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: Buffer;
}

/** A mail server that stores received messages. */
export interface SmtpReceiver extends AsyncDisposable {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** The answer for a recipient instead of `250`, as in `550 5.1.1 no such user`. */
  readonly answers: Map<string, string>;
  /** The extensions that it announces after EHLO; a test may remove some. */
  readonly extensions: Set<string>;
  /** Closes the port, like a server that is down; `open` listens again on the same port. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/**
 * Starts a mail server, by default on a free port of all addresses, since the senders are in containers.
 * `keep` is called with each message before its sender gets the confirmation. With a `login`, as in
 * `user:password`, mail is accepted only after that login (AUTH PLAIN).
 */
export async function startSmtpReceiver(
  at: { host?: string; port?: number; login?: string; keep?: (mail: ReceivedMail) => void } = {},
): Promise<SmtpReceiver> {
  const sockets = new Set<Socket>();
  let port = at.port ?? 0;
  const receiver = {
    mails: [] as ReceivedMail[],
    answers: new Map<string, string>(),
    extensions: new Set(['8BITMIME', 'SMTPUTF8', 'SIZE']),
    get port() {
      return port;
    },
    async open() {
      await listen(server, { host: at.host ?? '0.0.0.0', port });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no TCP address');
      port = address.port;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
    [Symbol.asyncDispose]: () => receiver.close(),
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, { ...receiver, keep: at.keep, login: at.login });
  });
  await receiver.open();
  return receiver;
}

async function listen(server: Server, at: { host: string; port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(at, resolve);
  await promise;
}

/** One connection. Only <CR><LF> ends a command, and only <CR><LF>.<CR><LF> a message. */
function serve(
  socket: Socket,
  receiver: Pick<SmtpReceiver, 'mails' | 'answers' | 'extensions'> & {
    keep: ((mail: ReceivedMail) => void) | undefined;
    login: string | undefined;
  },
): void {
  let buffer: Buffer = Buffer.alloc(0);
  let inData = false;
  let from = '';
  let to: string[] = [];
  let known = receiver.login === undefined;
  const say = (text: string) => socket.write(`${text}\r\n`);
  const extensions = () => [...(receiver.login ? ['AUTH PLAIN'] : []), ...receiver.extensions];

  function command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO')
      say(['250-test', ...extensions().map((one) => `250-${one}`), '250 HELP'].join('\r\n'));
    else if (verb === 'AUTH') {
      known = receiver.login === plainLogin(line);
      say(known ? '235 welcome' : '535 who is that');
    } else if (!known && verb !== 'QUIT') say('530 log in first');
    else if (verb === 'MAIL') {
      [from, to] = [pathOf(line), []];
      say('250 ok');
    } else if (verb === 'RCPT') {
      const answer = receiver.answers.get(pathOf(line));
      if (!answer) to.push(pathOf(line));
      say(answer ?? '250 ok');
    } else if (verb === 'DATA') {
      inData = to.length > 0;
      say(inData ? '354 send it' : '503 nobody to take it');
    } else if (verb === 'QUIT') socket.end('221 bye\r\n');
    else say('250 ok');
  }

  function step(): boolean {
    const [mark, keep] = inData ? ['\r\n.\r\n', 2] : ['\r\n', 0];
    // An empty message begins with its end.
    const at = inData && buffer.subarray(0, 3).equals(Buffer.from('.\r\n')) ? -2 : buffer.indexOf(mark);
    if (at === -1) return false;
    const part = buffer.subarray(0, Math.max(0, at + keep));
    buffer = buffer.subarray(at + mark.length);
    if (!inData) command(part.toString('utf8'));
    else {
      inData = false;
      const mail = { from, to, data: undot(part) };
      receiver.keep?.(mail);
      receiver.mails.push(mail);
      say('250 taken');
    }
    return true;
  }

  say('220 test');
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, Buffer.from(chunk)]);
    while (step());
  });
}

/** RFC 4616: the argument consists of an empty identity, the user and the password, separated by NULs. */
function plainLogin(line: string): string {
  const [, user, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
    .toString()
    .split('\0');
  return `${user}:${password}`;
}

function pathOf(line: string): string {
  return /<(.*?)>/.exec(line)?.[1] ?? '';
}

/** RFC 5321, section 4.5.2: a dot at the start of a line was doubled. latin1 keeps each byte. */
function undot(data: Buffer): Buffer {
  return Buffer.from(data.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1');
}
