// scripts/try.sh on this machine, with a name and ports of its own, so that a host that is already being tried out is left
// alone.
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { hostName } from './host.ts';
import { type Outcome, run, runIn } from './run.ts';

const host = `${hostName}-try`;
const ports = { FREEHOLD_TRY_HTTP: '20180', FREEHOLD_TRY_HTTPS: '20543', FREEHOLD_TRY_SMTP: '20125' };
const blog = 'wordpress@blog.localhost';

after(() => tryScript('--down'));

/** Starts the script without a terminal, in a process group of its own. */
function startScript(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const script = join(import.meta.dirname, '../../../scripts/try.sh');
  const own = { FREEHOLD_TRY_HOST: host, FREEHOLD_STARTED: '', FREEHOLD_E2E_IMAGES: '' };
  const env = { ...process.env, ...ports, ...own };
  return spawn(script, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
}

/** Runs the script to its end and returns its output; throws if it fails. */
async function tryScript(...args: string[]): Promise<string> {
  const child = startScript(...args);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal((await ended)[0], 0, stdout + stderr);
  return stdout;
}

/** Starts the script and kills it, with all that it has started, once it has printed a line. */
async function interruptAt(line: RegExp): Promise<void> {
  const child = startScript();
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    if (line.test(printed)) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  assert.equal((await ended)[1], 'SIGKILL', printed);
}

const inHost = (...args: string[]): Promise<Outcome> => runIn(host, args);

async function mustInHost(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inHost(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

const journalOf = (unit: string) => mustInHost('journalctl', '--no-pager', '--quiet', `--unit=${unit}`);

async function pageOf(name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const port = ports.FREEHOLD_TRY_HTTP;
  get({ host: '127.0.0.1', port, headers: { host: name } }, (answer) => resolve(text(answer))).on(
    'error',
    reject,
  );
  return promise;
}

function assertShown(printed: string): void {
  const [progress = '', next = ''] = printed.split('What to try next:');
  for (const line of progress.split('\n').slice(0, 3)) assert.match(line, /^\[ *\d+ s\] ./);
  assert.match(progress, /Image (\d+) of \1: freehold/);
  assert.match(progress, /hello\.localhost/);
  for (const hint of [/http:\/\/hello\.localhost:20180\//, /systemctl status/, /systemctl stop/, /--down/])
    assert.match(next, hint);
}

test('try.sh, killed during the setup and run again, ends with the page and with hints on what to try next', async () => {
  await tryScript('--down');
  await interruptAt(/Running scripts\/setup\.sh/);
  assertShown(await tryScript());
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
});

test('WordPress, started as soon as try.sh has shown the page, comes up once its image is there', async () => {
  await mustInHost('systemctl', 'start', blog);
  assert.match(await tryScript('--wait'), /Ready: mail and these apps .* wordpress/);
  assert.equal((await mustInHost('systemctl', 'is-active', 'postfix')).trim(), 'active');
});

test('a start waits for an image that is on its way, and fails with an explanation if nothing brings it', async () => {
  await mustInHost('systemctl', 'stop', blog);
  await mustInHost('docker', 'tag', 'freehold/wordpress', 'freehold/wordpress:kept');
  await mustInHost('docker', 'image', 'rm', 'freehold/wordpress');
  assert.notEqual((await inHost('systemctl', 'start', blog)).code, 0);
  assert.match(await journalOf(blog), /no image freehold\/wordpress\. Load it with '.*', or build it with '/);
  await mustInHost('systemctl', 'stop', blog);

  const holder =
    'systemd-run --quiet --unit=images-on-their-way flock /run/freehold/images.lock sleep infinity';
  await mustInHost(...holder.split(' '));
  const start = mustInHost('systemctl', 'start', blog);
  await waitFor('it to wait', async () => /Waiting for the image/.test(await journalOf(blog)));
  await mustInHost('docker', 'tag', 'freehold/wordpress:kept', 'freehold/wordpress');
  await start;
  await mustInHost('systemctl', 'stop', 'images-on-their-way');
});

test('try.sh continues after its background work was killed, and again takes seconds', async (context) => {
  await tryScript();
  await run('pkill', ['-KILL', '-f', `try/finish.sh ${host} `]);
  await assert.rejects(tryScript('--wait'), /has not finished. Run scripts\/try.sh to continue/);
  const began = Date.now();
  assertShown(await tryScript());
  context.diagnostic(`It took ${Date.now() - began} ms.`);
  assert.match(await tryScript('--wait'), /Ready: mail and these apps .* wordpress/);
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
});

test('try.sh --down ends the background work and removes all', async () => {
  await tryScript();
  assert.match(await tryScript('--down'), /\] Removed /);
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `name=^/${host}$`]);
  assert.equal(stdout, '');
  assert.equal((await run('pgrep', ['-f', `try/finish.sh ${host} `])).stdout, '');
});
