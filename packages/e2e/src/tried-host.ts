// A host that scripts/try.sh starts on this machine, with a name and ports of its own, so that one that is already being tried
// out is left alone.
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hostName } from './host.ts';
import { type Outcome, runIn } from './run.ts';

export const host = `${hostName}-try`;
const ports = { FREEHOLD_TRY_HTTP: '20180', FREEHOLD_TRY_HTTPS: '20543', FREEHOLD_TRY_SMTP: '20125' };

/** Starts the script without a terminal, in a process group of its own. */
function startScript(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const script = join(import.meta.dirname, '../../../scripts/try.sh');
  const own = { FREEHOLD_TRY_HOST: host, FREEHOLD_STARTED: '', FREEHOLD_E2E_IMAGES: '' };
  const env = { ...process.env, ...ports, ...own };
  return spawn(script, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
}

/** Runs the script to its end and returns its output; throws if it fails. */
export async function tryScript(...args: string[]): Promise<string> {
  const child = startScript(...args);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal((await ended)[0], 0, stdout + stderr);
  return stdout;
}

/** Starts the script and kills it, with all that it has started, once it has printed a line. */
export async function interruptAt(line: RegExp): Promise<void> {
  const child = startScript();
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    if (line.test(printed)) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  assert.equal((await ended)[1], 'SIGKILL', printed);
}

/** Runs a program in the host to its end, whatever its result. */
export const inHost = (...args: string[]): Promise<Outcome> => runIn(host, args);

/** The same, but returns its output and throws if it fails. */
export async function mustInHost(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inHost(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

export const journalOf = (unit: string) =>
  mustInHost('journalctl', '--no-pager', '--quiet', `--unit=${unit}`);

/** The page that the host serves under this name. */
export async function pageOf(name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const port = ports.FREEHOLD_TRY_HTTP;
  get({ host: '127.0.0.1', port, headers: { host: name } }, (answer) => resolve(text(answer))).on(
    'error',
    reject,
  );
  return promise;
}

/** Asserts that the script showed its progress, the page, and what to try next. */
export function assertShown(printed: string): void {
  const [progress = '', next = ''] = printed.split('What to try next:');
  for (const line of progress.split('\n').slice(0, 3)) assert.match(line, /^\[ *\d+ s\] ./);
  assert.match(progress, /Image (\d+) of \1: freehold/);
  assert.match(progress, /hello\.localhost/);
  for (const hint of [/http:\/\/hello\.localhost:20180\//, /systemctl status/, /systemctl stop/, /--down/])
    assert.match(next, hint);
}
