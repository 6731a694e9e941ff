// For run-file.test.ts: a file that never ends, and neither does the process it has started. No pattern for
// test files matches its name.
import { spawn } from 'node:child_process';
import { test } from 'node:test';

test('a test that never ends', async () => {
  const { pid } = spawn('sleep', ['600'], { stdio: 'inherit' });
  process.stdout.write(`started ${pid}\n`);
  await new Promise(() => undefined);
});
