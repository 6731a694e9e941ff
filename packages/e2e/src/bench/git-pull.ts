// A repository of 5,000 files behind a git server over https: a pull that finds nothing, and one that finds a
// small change, against `git pull` of a plain clone in the same run. Needs the bundle (npm run build).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startGitHttpsServer } from '@freehold/testing/git-https-server';
import { makeGitRepository } from '@freehold/testing/git-repository';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { milliseconds, printFigure } from './figures.ts';

const files = 5000;
const rounds = 9;
const domain = 'bench.test';
const program = join(import.meta.dirname, '../../../gitpuller/dist/gitpuller.mjs');

/** In milliseconds: wall-clock time, and processor time of the command and all its children. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

export async function benchGitPull(): Promise<void> {
  const folder = await temporaryFolder();
  const repository = await makeGitRepository(join(folder.path, 'remote/site'));
  const content = (count: number) => `<p>page ${count}</p>\n`.repeat(100);
  await repository.commit(
    Object.fromEntries(
      Array.from({ length: files }, (_, count) => [`${count % 50}/${count}.html`, content(count)]),
    ),
  );
  const server = await startGitHttpsServer(join(folder.path, 'remote'));
  const url = `${server.url}/site/.git`;
  process.env.GIT_SSL_CAINFO = server.certificate;
  try {
    const site = await makeSite(folder.path, url);
    const clone = join(folder.path, 'clone');
    await measure(['git', 'clone', '--quiet', url, clone]);
    await measure(site.command);
    await compareUnchanged(site, clone);
    await compareChanged(site, clone, (round) =>
      repository.commit({ '7/7.html': `${round}`, 'new.html': `${round}` }),
    );
  } finally {
    await server.stop();
    await folder.remove();
  }
}

interface Site {
  readonly command: readonly string[];
  readonly path: string;
}

async function makeSite(folder: string, url: string): Promise<Site> {
  const data = join(folder, 'data');
  const path = join(data, 'runtime/domains', domain, 'static-git');
  const home = join(data, 'domains', domain, 'static-git');
  for (const name of [path, home]) await mkdir(name, { recursive: true });
  await writeFile(join(home, 'GITURL'), `${url}\n`);
  return { path, command: ['env', `FREEHOLD_DATA=${data}`, process.execPath, program, domain] };
}

async function compareUnchanged(site: Site, clone: string): Promise<void> {
  const before = await trace(site.path);
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await measure(site.command));
    theirs.push(await measure(['git', '-C', clone, 'pull', '--quiet']));
  }
  const isSame = (await trace(site.path)) === before;
  print('unchanged pull of 5,000 files', ours, theirs, '400 ms of CPU');
  printFigure('  what it wrote', isSame ? 'nothing' : 'SOMETHING', 'nothing');
}

async function compareChanged(
  site: Site,
  clone: string,
  change: (round: number) => Promise<string>,
): Promise<void> {
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    await change(round);
    ours.push(await measure(site.command));
    theirs.push(await measure(['git', '-C', clone, 'pull', '--quiet', '--ff-only']));
  }
  print('changed pull, 2 of 5,000 files', ours, theirs);
}

function print(what: string, ours: readonly Cost[], theirs: readonly Cost[], aim?: string): void {
  const of = (costs: readonly Cost[], figure: keyof Cost) => milliseconds(costs.map((cost) => cost[figure]));
  printFigure(`${what}: CPU`, of(ours, 'cpu'), aim);
  printFigure('  by the clock', of(ours, 'wall'));
  printFigure('  git pull: CPU', of(theirs, 'cpu'));
  printFigure('  git pull: by the clock', of(theirs, 'wall'));
}

/** Runs a command under bash, whose `times` reports the cost of its children that have ended. */
async function measure(command: readonly string[]): Promise<Cost> {
  const start = performance.now();
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" 2>/dev/null', 'bash', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${said}`);
  const [user = 0, system = 0] = said.trim().split(' ').map(Number);
  return { wall: performance.now() - start, cpu: (user + system) * 1000 };
}

/** Everything in a folder, with inode and times. */
async function trace(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const lines = names.map(async (name) => {
    const { ino, ctimeMs } = await lstat(join(folder, name));
    return `${name} ${ino} ${ctimeMs}`;
  });
  return (await Promise.all(lines)).join('\n');
}
