// swaks, an independent mail client: https://www.jetmore.org/john/code/swaks/
import { hostName } from './host.ts';
import { run } from './run.ts';

export interface Message {
  readonly from?: string;
  readonly to: string | readonly string[];
  /**
   * As sent over the wire, except for dots, which swaks doubles: `\r\n` ends a line. latin1, so that a
   * character is a byte.
   */
  readonly data?: string;
}

/** The address of a throw-away host, as seen from this machine. */
export async function addressOfHost(host: string = hostName): Promise<string> {
  const format = '{{.NetworkSettings.IPAddress}}';
  const { stdout, stderr, code } = await run('docker', ['inspect', '--format', format, host]);
  if (code !== 0) throw new Error(`Cannot determine the address of ${host}: ${stderr}`);
  return stdout.trim();
}

/** Sends a message to the host from outside; returns whether it was accepted, and the whole dialogue. */
export async function swaks(message: Message, host?: string): Promise<{ taken: boolean; said: string }> {
  const { from = 'alice@sender.test', to, data = 'Subject: x\r\n\r\nhello\r\n' } = message;
  const args = [
    ...['--server', await addressOfHost(host), '--helo', 'client.test', '--timeout', '20'],
    ...['--from', from, '--to', [to].flat().join(','), '--no-data-fixup', '--data', '-'],
  ];
  const wire = `${data.replace(/^\./gm, '..')}.\r\n`;
  const { code, stdout, stderr } = await run('swaks', args, Buffer.from(wire, 'latin1'));
  return { taken: code === 0, said: stdout + stderr };
}
