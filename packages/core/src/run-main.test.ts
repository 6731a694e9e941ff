// Each program here is a separate process, because the tests check how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { waitFor } from '@freehold/testing/wait-for';

const runMain = join(import.meta.dirname, 'run-main.ts');
const errors = join(import.meta.dirname, 'error.ts');

function start(body: string) {
  const source = `
    import { runMain } from ${JSON.stringify(runMain)};
    import { FreeholdError } from ${JSON.stringify(errors)};
    await runMain(async ({ argv, env, log, signal }) => { ${body} });`;
  return startChild(process.execPath, ['--input-type=module', '--eval', source]);
}

async function end(child: ReturnType<typeof start>) {
  if (child.process.exitCode === null && child.process.signalCode === null)
    await once(child.process, 'close');
  return { code: child.process.exitCode, lines: child.output().trimEnd().split('\n') };
}

test('A program that has finished exits with 0, even if something is still open.', async () => {
  assert.deepEqual(await end(start("setInterval(() => {}, 1000); log.info('Done.');")), {
    code: 0,
    lines: ['<6>Done.'],
  });
});

test('A program that fails exits with 1, and its last line states the reason.', async () => {
  assert.deepEqual(await end(start("throw new FreeholdError('It failed.');")), {
    code: 1,
    lines: ['<3>It failed.'],
  });
});

test('Wrong arguments cause exit code 2.', async () => {
  const { code, lines } = await end(start("throw new FreeholdError('Wrong.', { code: 'usage' });"));
  assert.deepEqual([code, lines], [2, ['<3>Wrong.']]);
});

test('An unexpected error causes exit code 1 and two log lines, the last of which states the reason.', async () => {
  const { code, lines } = await end(start('undefined.x;'));
  assert.equal(code, 1);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^<3>This is a bug in the program: TypeError: .* at /);
  assert.match(lines[1] ?? '', /^<3>Cannot read properties of undefined/);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`A program that ends cleanly on ${signal} exits with 0.`, async () => {
    const body =
      "log.info('Up.'); await new Promise((r) => signal.addEventListener('abort', r)); log.info('Clean.');";
    const child = start(`setInterval(() => {}, 1000); ${body}`);
    await waitFor('the start', () => child.output().includes('Up.'));
    child.process.kill(signal);
    assert.deepEqual(await end(child), { code: 0, lines: ['<6>Up.', '<6>Clean.'] });
  });
}

test('A program that is stopped in the middle of its work logs that and exits with 1.', async () => {
  const body =
    "log.info('Up.'); for (;;) { signal.throwIfAborted(); await new Promise((r) => setTimeout(r, 5)); }";
  const child = start(body);
  await waitFor('the start', () => child.output().includes('Up.'));
  child.process.kill('SIGTERM');
  assert.deepEqual(await end(child), { code: 1, lines: ['<6>Up.', '<3>Stopped by SIGTERM.'] });
});

test('A program whose work fails because of a signal logs the signal, and no stack.', async () => {
  const body =
    "log.info('Up.'); await new Promise((_, no) => signal.addEventListener('abort', () => no(new DOMException('x', 'AbortError'))));";
  const child = start(`setInterval(() => {}, 1000); ${body}`);
  await waitFor('the start', () => child.output().includes('Up.'));
  child.process.kill('SIGINT');
  assert.deepEqual(await end(child), { code: 1, lines: ['<6>Up.', '<3>Stopped by SIGINT.'] });
});

test('A program that ignores SIGTERM is ended nevertheless, with 1.', async () => {
  const child = start("log.info('Up.'); setInterval(() => {}, 1000); await new Promise(() => {});");
  await waitFor('the start', () => child.output().includes('Up.'));
  child.process.kill('SIGTERM');
  const { code, lines } = await end(child);
  assert.equal(code, 1);
  assert.match(lines.at(-1) ?? '', /^<3>Stopped by SIGTERM: forced to exit/);
});
