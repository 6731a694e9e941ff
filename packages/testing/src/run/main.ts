// Runs the tests: every stage, even after failures, then prints a table and a list of failures.
// scripts/test.sh prepares the machine and calls this; its --help explains the options.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { selectAffected } from './affected.ts';
import { type Options, readOptions, UsageError } from './options.ts';
import { closingLine, listFailures, type StageResult, table } from './report.ts';
import { codeTests, command, hostTests, type Stage } from './stages.ts';
import { cache, findTestFiles, root, type TestFile } from './test-files.ts';

const print = (text: string) => void process.stdout.write(`${text}\n`);

async function selectFiles({ all, patterns, changedSince }: Options): Promise<TestFile[]> {
  const every = findTestFiles({ all: all || patterns.length > 0 });
  const matching = every.filter(
    ({ path }) => patterns.length === 0 || patterns.some((one) => path.includes(one)),
  );
  if (changedSince === undefined) return matching;
  const affected = await selectAffected(matching, changedSince);
  const skipped = matching.filter((file) => !affected.includes(file));
  print(`Not run, since nothing that they test has changed since ${changedSince}:`);
  for (const { path } of skipped) print(`  ${path}`);
  return affected;
}

function shellScripts(): string[] {
  return execFileSync('git', ['ls-files', '*.sh', '.ci/run', 'scripts/freehold'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

/** All stages in their order, without those that have nothing to do. */
function planStages(files: readonly TestFile[], options: Options): Stage[] {
  const code = files.filter(({ kind }) => kind === 'code');
  const hosts = files.filter(({ kind }) => kind !== 'code');
  const stages: Stage[] = [];
  const quiet = { quiet: true };
  if (options.patterns.length === 0) {
    const check = { quiet: true, beside: true };
    stages.push(command('Lint', ['npm', 'run', 'lint'], check));
    stages.push(command('Types', ['npm', 'run', 'check-types'], check));
    stages.push(command('Shell scripts', ['shellcheck', '--external-sources', ...shellScripts()], check));
  }
  stages.push(command('Build', ['npm', 'run', 'build'], quiet));
  if (!options.quick) stages.push(command('Images', ['scripts/build-images.sh'], { needs: ['Build'] }));
  if (options.release) {
    const build = ['scripts/build-images.sh', '--release', options.release] as const;
    stages.push(command('Bare server', [...build], { needs: ['Images'] }));
    return [...stages, hostTests(hosts, ['Bare server'], options.release)];
  }
  if (code.length > 0) stages.push(codeTests(code, 4, ['Build']));
  if (options.quick) return stages;
  if (options.patterns.length === 0) {
    stages.push(command('The chain by compose', ['scripts/compose-test.sh'], { needs: ['Images'] }));
  }
  if (hosts.length > 0) stages.push(hostTests(hosts, ['Images']));
  return stages;
}

async function runStage(stage: Stage, earlier: readonly StageResult[]): Promise<StageResult> {
  const { title } = stage;
  const started = performance.now();
  print(`\n--- ${title}`);
  const missing = stage.needs?.find((need) => earlier.some((one) => one.title === need && one.problem));
  const outcome = missing
    ? { files: [], problem: `not run, because '${missing}' failed` }
    : await stage.run().catch((error: unknown) => ({ files: [], problem: String(error) }));
  if (outcome.problem) print(`FAIL ${title}: ${outcome.problem}`);
  return { title, seconds: (performance.now() - started) / 1000, ...outcome };
}

async function runStages(stages: readonly Stage[]): Promise<StageResult[]> {
  const beside = stages.filter((stage) => stage.beside).map((stage) => runStage(stage, []));
  const results: StageResult[] = [];
  for (const stage of stages.filter((one) => !one.beside)) results.push(await runStage(stage, results));
  return [...(await Promise.all(beside)), ...results];
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  // The commands of npm packages, including Node 26, for everything that tests start.
  process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  // Programs under test start in half the time if Node keeps what it has compiled.
  process.env.NODE_COMPILE_CACHE ??= join(cache, 'node');
  const files = await selectFiles(options);
  if (files.length === 0) {
    if (options.changedSince === undefined)
      throw new UsageError(`No test file matches ${options.patterns.join(', ')}.`);
    print('No test file is affected by the changes.');
  }
  const results = await runStages(planStages(files, options));
  const failures = listFailures(results);
  print(`\n${table(results)}`);
  if (failures.length > 0) print(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  print(`\n${closingLine(results)}`);
  return failures.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
