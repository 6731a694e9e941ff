// Tests the program with --hook: requests arrive on standard input, as from systemd's socket.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { domain, mainFile, makeSite, type SiteUnderTest } from './site-under-test.ts';

const secret = 'sixteen or more characters';

/** A site with a secret, the folder for its requests, and a function that calls the program. */
async function makeHook(context: TestContext) {
  const site = await makeSite();
  context.after(() => site.remove());
  const requests = join(site.data, 'requests');
  await mkdir(requests);
  await site.write('WEBHOOK_SECRET', `${secret}\n`);
  return { site, requests, ask: (request: Request) => ask({ site, requests, ...request }) };
}

interface Request {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly method?: string;
  readonly host?: string;
  /** The raw bytes to send instead of a request. */
  readonly raw?: string;
}

/**
 * Returns the response's status and everything received, and the exit code. The client keeps its side open,
 * as nginx does.
 */
async function ask(call: Request & { site: SiteUnderTest; requests: string }) {
  const { site, requests, headers = {}, body = '{}', method = 'POST', host = domain, raw } = call;
  const env = { ...process.env, FREEHOLD_DATA: site.data, FREEHOLD_PULL_REQUESTS: requests };
  const child = spawn(process.execPath, [mainFile, '--hook'], { env, stdio: 'pipe' });
  const head = { Host: host, 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  // A response may arrive before the whole request has been read.
  child.stdin.on('error', () => undefined);
  child.stdin.write(raw ?? `${method} / HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  const [[code], output] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code, output, status: Number(/^HTTP\/1\.1 (\d{3})/m.exec(output)?.[1] ?? 0) };
}

const hex = (body: string, key = secret) => createHmac('sha256', key).update(body).digest('hex');

function standard(body: string, key: Buffer, timestamp = Math.floor(Date.now() / 1000)) {
  const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,AAAA v1,${signature}`,
  };
}

const body = JSON.stringify({ ref: 'refs/heads/main', text: 'ü'.repeat(50_000) });
const forms: [string, Record<string, string>][] = [
  ['GitHub', { 'X-GitHub-Event': 'push', 'X-Hub-Signature-256': `sha256=${hex(body)}` }],
  ['Bitbucket', { 'X-Event-Key': 'repo:push', 'X-Hub-Signature': `sha256=${hex(body)}` }],
  ['Gitea', { 'X-Gitea-Signature': hex(body) }],
  ['Forgejo', { 'X-Forgejo-Signature': hex(body) }],
  ['Gogs', { 'X-Gogs-Signature': hex(body) }],
  ['GitLab', { 'X-Gitlab-Token': secret }],
];

const refused: [string, Record<string, string>][] = [
  ['no signature', {}],
  [
    'a signature of another secret',
    { 'X-Hub-Signature-256': `sha256=${hex('{}', 'another secret of theirs')}` },
  ],
  ['a signature of another body', { 'X-Hub-Signature-256': `sha256=${hex('{ }')}` }],
  ['a signature without its kind', { 'X-Hub-Signature-256': hex('{}') }],
  [
    'a SHA-1 signature',
    { 'X-Hub-Signature': `sha1=${createHmac('sha1', secret).update('{}').digest('hex')}` },
  ],
  ['half of a signature', { 'X-Gitea-Signature': hex('{}').slice(0, 32) }],
  ['an empty signature', { 'X-Gitea-Signature': '' }],
  ['another token', { 'X-Gitlab-Token': 'sixteen or more letters..' }],
  ['the beginning of the token', { 'X-Gitlab-Token': secret.slice(0, -1) }],
];

// The first one waits for the program's own time limit.
describe('--hook', { concurrency: 3 }, () => {
  test('A client that sends nonsense, or only half of a request, does not keep the program running.', async (context) => {
    const { ask, requests } = await makeHook(context);
    const nonsense = await ask({ raw: 'hello\0\r\n\r\n' });
    assert.ok([0, 400].includes(nonsense.status), nonsense.output);
    const half = await ask({
      raw: `POST / HTTP/1.1\r\nHost: ${domain}\r\nContent-Length: 100\r\n\r\n{`,
    });
    assert.notEqual(half.status, 202);
    assert.deepEqual(await readdir(requests), []);
  });

  for (const [form, headers] of forms) {
    test(`A call signed by ${form} requests a pull.`, async (context) => {
      const { ask, requests } = await makeHook(context);
      const { status, code } = await ask({ headers, body });
      assert.deepEqual([status, code, await readdir(requests)], [202, 0, [domain]]);
    });
  }

  test("GitLab's signing token is supported too, and its signatures are valid for five minutes.", async (context) => {
    const { site, ask, requests } = await makeHook(context);
    const key = Buffer.from('thirty-two bytes of a random key');
    await site.write('WEBHOOK_SECRET', `whsec_${key.toString('base64')}\n`);
    const now = Math.floor(Date.now() / 1000);
    assert.equal((await ask({ headers: standard(body, key, now - 400), body })).status, 401);
    assert.equal(
      (await ask({ headers: standard(body, Buffer.from('another key of some length')), body })).status,
      401,
    );
    assert.deepEqual(await readdir(requests), []);
    assert.equal((await ask({ headers: standard(body, key), body })).status, 202);
  });

  for (const [what, headers] of refused) {
    test(`A call with ${what} gets 401 and requests nothing.`, async (context) => {
      const { ask, requests } = await makeHook(context);
      const { status, output } = await ask({ headers });
      assert.deepEqual([status, await readdir(requests)], [401, []]);
      assert.doesNotMatch(output, new RegExp(secret));
    });
  }

  test('Without a valid secret, the webhook does not exist.', async (context) => {
    const { site, ask, requests } = await makeHook(context);
    const headers = { 'X-Gitlab-Token': 'short' };
    await site.write('WEBHOOK_SECRET', 'short\n');
    assert.equal((await ask({ headers })).status, 404);
    assert.equal((await ask({ headers: { 'X-Gitlab-Token': secret }, host: 'other.test' })).status, 404);
    assert.equal((await ask({ headers: { 'X-Gitlab-Token': secret }, host: '../../etc' })).status, 404);
    assert.deepEqual(await readdir(requests), []);
  });

  test('Only POST is accepted, a ping starts nothing, and the body has a size limit.', async (context) => {
    const { ask, requests } = await makeHook(context);
    const signed = { 'X-Hub-Signature-256': `sha256=${hex('{}')}` };
    const get = await ask({ method: 'GET', headers: signed });
    assert.deepEqual([get.status, /^Allow: POST/im.test(get.output)], [405, true]);
    assert.equal((await ask({ headers: { ...signed, 'X-GitHub-Event': 'ping' } })).status, 200);
    const bitbucket = { 'X-Hub-Signature': `sha256=${hex('{}')}`, 'X-Event-Key': 'diagnostics:ping' };
    assert.equal((await ask({ headers: bitbucket })).status, 200);
    assert.equal((await ask({ headers: { 'X-Event-Key': 'diagnostics:ping' } })).status, 401);
    const long = { ...signed, 'Content-Length': String(26 * 1024 * 1024) };
    assert.equal((await ask({ headers: long })).status, 413);
    assert.deepEqual(await readdir(requests), []);
  });
});
