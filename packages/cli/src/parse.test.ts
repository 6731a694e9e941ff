import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreeholdError } from '@freehold/core/error';
import { commands, groups } from './commands/all.ts';
import { parseCommandLine } from './parse.ts';

const tree = { groups, commands };
const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '), tree);

function parsed(line: string) {
  const result = parse(line);
  assert.ok('spec' in result, `${line} is no command`);
  return { path: result.spec.path, args: result.args, options: result.options };
}

test('a command has its arguments and options, in any order', () => {
  assert.deepEqual(parsed('site list --json'), { path: 'site list', args: [], options: { json: true } });
  assert.deepEqual(parsed('site logs --lines 5 a.test --since=today'), {
    path: 'site logs',
    args: ['a.test'],
    options: { lines: '5', since: 'today' },
  });
});

test('the words after -- belong to the command that server run runs', () => {
  assert.deepEqual(parsed('server run h1 h2 --dry-run -- ls --on -l'), {
    path: 'server run',
    args: ['h1', 'h2', '--', 'ls', '--on', '-l'],
    options: { dryRun: true },
  });
  assert.throws(
    () => parse('server run h1'),
    /Missing argument: COMMAND, after --\. See 'freehold server run --help'\./,
  );
});

for (const [line, message] of [
  ['sit', "Unknown command 'sit'. Did you mean site? See 'freehold --help'."],
  ['site lst', "Unknown command 'lst'. Did you mean list? See 'freehold site --help'."],
  ['site nonsense', "Unknown command 'nonsense'. See 'freehold site --help'."],
  ['site list --jsn', "Unknown option '--jsn'. Did you mean --json? See 'freehold site list --help'."],
  ['site show', "Missing argument: DOMAIN. See 'freehold site show --help'."],
  ['site show a.test b.test', "Unexpected argument 'b.test'. See 'freehold site show --help'."],
  ['site list --on', "Missing value: --on <SERVERS>. See 'freehold site list --help'."],
] as const) {
  test(`'freehold ${line}' is refused`, () => {
    assert.throws(
      () => parse(line),
      (error: unknown) =>
        error instanceof FreeholdError && error.code === 'usage' && error.message === message,
    );
  });
}

test('help is there for all, for a group and for a command, however it is asked for', () => {
  const helpOf = (line: string) => {
    const result = parse(line);
    return 'help' in result ? (result.help.split('\n')[0] ?? '') : '';
  };
  for (const line of ['', 'help', '--help', '-h']) assert.equal(helpOf(line), 'Usage: freehold COMMAND …');
  for (const line of ['site', 'help site', 'site --help']) {
    assert.equal(helpOf(line), 'Usage: freehold site COMMAND …');
  }
  for (const line of ['help site show', 'site show --help', 'site show a.test -h']) {
    assert.equal(helpOf(line), 'Usage: freehold site show DOMAIN [--json] [--on SERVERS]');
  }
});

test('the command line of each example in the help is understood', () => {
  for (const { path, examples } of commands) {
    assert.ok(examples.length > 0, `${path} has no example`);
    for (const { command } of examples) {
      // What the shell has for itself is none of ours.
      const words = (/freehold ([^|<>)]*)/.exec(command)?.[1] ?? '').match(/'[^']*'|\S+/g) ?? [];
      const result = parseCommandLine(
        words.map((word) => word.replaceAll("'", '')),
        tree,
      );
      assert.ok('spec' in result && result.spec.path === path, `${command} is not ${path}`);
    }
  }
});
