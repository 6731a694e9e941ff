// That the commands fit the scripts that do their work.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '@freehold/core/log';
import type { CommandSpec, ScriptCall } from './command.ts';
import { commands, groups } from './commands/all.ts';
import { formatScriptCall } from './edge/scripts.ts';
import { parseCommandLine } from './parse.ts';

const scripts = join(import.meta.dirname, '../../../scripts');
const tree = { groups, commands };

/** What a command line becomes. */
async function mapped(...argv: string[]): Promise<ScriptCall> {
  const parsed = parseCommandLine(argv, tree);
  assert.ok('spec' in parsed && 'script' in parsed.spec.does, `${argv.join(' ')} calls no script`);
  const { args, options, spec } = parsed;
  const { does } = spec as CommandSpec & { does: { script: { map(call: unknown): Promise<ScriptCall> } } };
  const call = {
    args,
    options,
    env: { HOME: '/home/me' },
    log: createLog(),
    signal: new AbortController().signal,
  };
  return await does.script.map(call);
}

for (const [line, path, args] of [
  ['site add a.test --app wordpress', 'add-site.sh', ['a.test', '--app', 'wordpress']],
  ['site add a.test --from ./x --on h1', 'deploy/add-site.sh', ['h1', 'a.test', '--from', './x']],
  ['site add a.test --git -', 'add-site.sh', ['a.test', '--git', '-']],
  ['site add a.test --git-file x', 'add-site.sh', ['a.test', '--git-file', 'x']],
  [
    'site restore h1 x.tar.gz a.test --even-so',
    'deploy/restore.sh',
    ['h1', 'x.tar.gz', 'a.test', '--even-so'],
  ],
  ['server restore h1 x.tar.gz', 'deploy/restore.sh', ['h1', 'x.tar.gz']],
  ['server restore --list x.tar.gz', 'deploy/restore.sh', ['x.tar.gz', '--list']],
  [
    'server import h1 a.test x --app wordpress',
    'deploy/import-site.sh',
    ['h1', 'a.test', 'x', '--app', 'wordpress'],
  ],
] as const) {
  test(`'freehold ${line}' calls ${path}`, async () => {
    const call = await mapped(...line.split(' '));
    assert.deepEqual({ path: call.path, args: call.args }, { path, args });
    const text = await readFile(join(scripts, path), 'utf8');
    const help = text.slice(0, text.indexOf('set -euo pipefail'));
    for (const option of call.args.filter((word) => /^--[a-z]/.test(word))) {
      assert.ok(help.includes(option), `the help of ${path} has no ${option}`);
    }
  });
}

for (const [line, message] of [
  ['server restore', /Missing argument: SERVER/],
  ['server restore h1', /Missing argument: FILE/],
] as const) {
  test(`'freehold ${line}' is refused`, async () => {
    await assert.rejects(mapped(...line.split(' ')), message);
  });
}

test('--dry-run prints a script with its arguments quoted for a shell', () => {
  const call = { path: 'add-site.sh', args: ['a.test', '--git', "URL it's main"] };
  assert.equal(formatScriptCall(call, '/s'), `/s/add-site.sh a.test --git 'URL it'\\''s main'`);
});

test('every script that the documents mention exists', async () => {
  for (const { does, replaces = [] } of commands) {
    const paths = [...replaces, ...('script' in does ? does.script.paths : [])];
    for (const path of paths) await readFile(join(scripts, path.split(' ')[0] ?? ''));
  }
});
