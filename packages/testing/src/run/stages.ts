import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHostLane, provideImages } from './hosts.ts';
import { type Lane, runInLanes } from './lanes.ts';
import { describeFile, type StageResult } from './report.ts';
import { type FileResult, runFile } from './run-file.ts';
import { cache, root, type TestFile } from './test-files.ts';
import { unpackHaproxy } from './unpack-haproxy.ts';

/** One stage of the tests: its name, and how it runs. */
export interface Stage {
  readonly title: string;
  /** The stages without which this one would certainly fail. */
  readonly needs?: readonly string[];
  /** Whether it runs beside the other stages, from the beginning on. */
  readonly beside?: boolean;
  run(): Promise<Omit<StageResult, 'title' | 'seconds'>>;
}

const print = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * A stage that consists of one command, whose exit code decides. `quiet`: its output is printed only if it
 * fails.
 */
export function command(
  title: string,
  words: readonly [string, ...string[]],
  options: { needs?: readonly string[]; quiet?: boolean; beside?: boolean } = {},
): Stage {
  const { needs = [], quiet = false, beside = false } = options;
  return {
    title,
    needs,
    beside,
    async run() {
      const [program, ...args] = words;
      const output = quiet ? 'pipe' : 'inherit';
      const child = spawn(program, args, { cwd: root, stdio: ['ignore', output, output] });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (printed += text));
      const [code] = await once(child, 'close');
      if (code === 0) return { files: [] };
      if (quiet) print(printed);
      return { files: [], problem: `'${words.join(' ').slice(0, 80)}' ended with ${code}` };
    },
  };
}

async function inLanes(files: readonly TestFile[], lanes: readonly Lane[]): Promise<{ files: FileResult[] }> {
  const results: FileResult[] = [];
  await runInLanes(files, lanes, (result) => {
    results.push(result);
    print(describeFile(result));
  });
  return { files: results };
}

/** Unit and integration tests, `lanes` at a time: they mostly wait for servers. */
export function codeTests(files: readonly TestFile[], lanes: number, needs: readonly string[]): Stage {
  const lane: Lane = { takes: ['code'], run: (file) => runFile(file) };
  return {
    title: 'Unit and integration tests',
    needs,
    async run() {
      await provideHaproxy();
      return inLanes(files, Array<Lane>(lanes).fill(lane));
    },
  };
}

/** Without it, tests start containers of the image, or report that it is missing. */
async function provideHaproxy(): Promise<void> {
  const folder = await unpackHaproxy(cache).catch(() => undefined);
  if (folder) process.env.PATH = `${folder}:${process.env.PATH}`;
}

/** Files that take minutes. They run first, so that no lane is left with one of them when the others have nothing to do. */
const isLong = ({ path }: TestFile) =>
  /\/(acme|failing-sites|move|reboot|states|try|wordpress-refused)\.test\.ts$/.test(path);

/** Tests on throw-away hosts; with `release`, those files alone that take any host, on that release of Debian. */
export function hostTests(files: readonly TestFile[], needs: readonly string[], release?: string): Stage {
  if (release) {
    const lanes = [1, 2].map((number) => createHostLane({ number, takes: ['host'], release }));
    const any = files.filter(({ kind }) => kind === 'host');
    return { title: `Tests on hosts with ${release}`, needs, run: () => inLanes(any, lanes) };
  }
  const loadImages = provideImages();
  const lanes = [
    createHostLane({ number: 1, takes: ['host'], loadImages }),
    createHostLane({ number: 2, takes: ['host'], loadImages }),
    createHostLane({ number: 3, takes: ['servers', 'cluster', 'host'], loadImages }),
    createHostLane({ number: 4, takes: ['cluster', 'servers', 'host'], loadImages }),
  ];
  return {
    title: 'Tests on hosts',
    needs,
    run: () =>
      inLanes(
        files.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a))),
        lanes,
      ),
  };
}
