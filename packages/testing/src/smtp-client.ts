import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.ts';

/** A mail client that sends exactly the given bytes, however wrong. */
export interface SmtpClient extends AsyncDisposable {
  readonly socket: Socket;
  /** Sends bytes unchanged. */
  write(bytes: string | Uint8Array): void;
  /** Waits for the next complete answer, with all its lines. */
  answer(): Promise<string>;
  /** Sends one line with <CR><LF> and returns the answer. */
  say(line: string): Promise<string>;
  /** Sends each line and fails unless each is answered with 2xx or 3xx. */
  mustSay(...lines: string[]): Promise<void>;
}

/** Connects and reads the greeting. `localAddress` is the source address. */
export async function openSmtp(options: {
  host: string;
  port?: number;
  localAddress?: string;
}): Promise<SmtpClient> {
  const { host, port = 25, localAddress } = options;
  const socket = connect({ host, port, ...(localAddress ? { localAddress } : {}) });
  let text = '';
  let ended = false;
  socket.on('data', (chunk) => (text += chunk.toString('utf8')));
  socket.on('close', () => (ended = true));
  socket.on('error', () => (ended = true));
  await once(socket, 'connect');

  async function answer(): Promise<string> {
    const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\r?\n/;
    const found = await waitFor('an answer', () => whole.exec(text)?.[0] ?? (ended ? 'closed' : undefined), {
      everyMs: 2,
    });
    text = text.slice(found.length);
    return found.trimEnd();
  }

  const client: SmtpClient = {
    socket,
    write: (bytes) => void socket.write(bytes),
    answer,
    async say(line) {
      socket.write(`${line}\r\n`);
      return answer();
    },
    async mustSay(...lines) {
      for (const line of lines) {
        const got = await client.say(line);
        if (!/^[23]/.test(got)) throw new Error(`${line} was answered with ${got}`);
      }
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
  await answer();
  return client;
}

/** Sends one message and returns the answer to its end, or to the first command that was refused. */
export async function sendMail(
  server: { host: string; port?: number; localAddress?: string },
  mail: { from: string; to: readonly string[]; data: string | Uint8Array; parameters?: string },
): Promise<string> {
  await using client = await openSmtp(server);
  const parameters = mail.parameters ? ` ${mail.parameters}` : '';
  const envelope = [
    'EHLO client.test',
    `MAIL FROM:<${mail.from}>${parameters}`,
    ...mail.to.map((to) => `RCPT TO:<${to}>`),
    'DATA',
  ];
  for (const line of envelope) {
    const got = await client.say(line);
    if (!/^[23]/.test(got)) return got;
  }
  client.write(mail.data);
  // Awaited here, because otherwise the connection would be closed before the answer arrives.
  return await client.say(endsLine(mail.data) ? '.' : '\r\n.');
}

function endsLine(data: string | Uint8Array): boolean {
  return Buffer.from(data).subarray(-2).equals(Buffer.from('\r\n'));
}
