// The completion in a real bash; zsh and fish judge their scripts where they are installed.
import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { completionScripts } from './completion-scripts.ts';
import { runProgram } from './edge/run-program.ts';

const main = join(import.meta.dirname, 'main.ts');
const signal = new AbortController().signal;

/** A folder whose bin/ has the command, and the script of a shell in a file. */
async function prepare(context: TestContext, shell: keyof typeof completionScripts) {
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  const command = join(folder.path, 'freehold');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(command, 0o755);
  const script = join(folder.path, `script.${shell}`);
  await writeFile(script, completionScripts[shell]);
  return { folder: folder.path, script, env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}` } };
}

/** What bash offers after these words, of which the last is being typed. */
async function offersOfBash(context: TestContext, words: readonly string[]) {
  const { folder, script, env } = await prepare(context, 'bash');
  const typed = `source "$1"; shift; COMP_WORDS=(freehold "$@") COMP_CWORD=$#; _freehold 2>&1
    IFS=" "; echo "\${COMPREPLY[*]}"`;
  const { stdout, code } = await runProgram('bash', ['-uc', typed, 'bash', script, ...words], {
    signal,
    env,
  });
  assert.equal(code, 0, stdout);
  return { offers: stdout.trim().split(' '), left: await readdir(folder) };
}

test('bash offers commands and options', async (context) => {
  assert.deepEqual((await offersOfBash(context, ['site', 'l'])).offers, ['list', 'logs']);
  assert.deepEqual((await offersOfBash(context, ['site', 'list', '--'])).offers, ['--json', '--on']);
});

test('bash evaluates nothing of what was typed', async (context) => {
  const { left } = await offersOfBash(context, ['site', '$(touch "$HOME/x" x)', '`touch x`', '']);
  assert.deepEqual(left.sort(), ['freehold', 'script.bash']);
});

for (const [shell, args] of [
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const) {
  test(`${shell} finds no fault in its script`, async (context) => {
    const { script, env } = await prepare(context, shell);
    const isHere = await runProgram(shell, ['--version'], { signal }).catch(() => undefined);
    if (!isHere) return context.skip(`${shell} is not installed`);
    assert.deepEqual(await runProgram(shell, [...args, script], { signal, env }), {
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
}
