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
  ['site remove a.test --yes', 'remove-site.sh', ['a.test']],
  ['site remove a.test --delete-data --on h1', 'deploy/remove-site.sh', ['h1', 'a.test', '--delete-data']],
  ['site dump a.test', 'dump-site.sh', ['a.test']],
  ['site roll-back a.test', 'roll-back.sh', ['a.test']],
  ['cert install a.test.pem --on h1', 'deploy/approve-certs.sh', ['h1', 'a.test.pem']],
  ['cert install ./x/a.test.pem', 'host/receive-certificate.sh', ['a.test']],
  ['mail add i@a.test me@b.test --as /k', 'mail.sh', ['--as', '/k', 'add', 'i@a.test', 'me@b.test']],
  ['mail remove *@a.test', 'mail.sh', ['remove', '*@a.test']],
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

test('the script receives a certificate on its standard input', async () => {
  assert.equal((await mapped('cert', 'install', './x/a.test.pem')).input, './x/a.test.pem');
});

for (const [line, message] of [['cert install a.pem b.pem', /Unexpected argument 'b\.pem'/]] as const) {
  test(`'freehold ${line}' is refused`, async () => {
    await assert.rejects(mapped(...line.split(' ')), message);
  });
}

test('--dry-run prints a script with its arguments quoted for a shell', () => {
  const call = { path: 'mail.sh', args: ['a.test', "it's mine"], input: 'x y' };
  assert.equal(formatScriptCall(call, '/s'), `/s/mail.sh a.test 'it'\\''s mine' < 'x y'`);
});

test('every script that the documents mention exists', async () => {
  for (const { does, replaces = [] } of commands) {
    const paths = [...replaces, ...('script' in does ? does.script.paths : [])];
    for (const path of paths) await readFile(join(scripts, path.split(' ')[0] ?? ''));
  }
});
