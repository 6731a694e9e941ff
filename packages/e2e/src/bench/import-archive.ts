// A site of 1 GB in 20,000 files from an archive: import against `tar -x` of the same archive, in turns.
// Needs the bundle (npm run build) and 4 GB of disk.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { printFigure, summary } from './figures.ts';

const rounds = 3;
const folders = 200;
const filesInFolder = 100;
const bytesInFile = 50_000;
const domain = 'bench.test';
const program = join(import.meta.dirname, '../../../import/dist/import.mjs');

/** The duration of a command, in seconds, and the peak memory of its process, in MB. */
interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

export async function benchImportArchive(): Promise<void> {
  const folder = await temporaryFolder();
  try {
    const archive = await makeArchive(folder.path);
    await compare(folder.path, archive, { rounds });
    await execute('gzip', ['-1', '--keep', archive]);
    await compare(folder.path, `${archive}.gz`, { rounds: 1 });
  } finally {
    await folder.remove();
  }
}

async function makeArchive(folder: string): Promise<string> {
  // Text that compresses by about a quarter, like a site's files in the worst case.
  const text = Buffer.from(randomBytes(8e6).toString('base64'));
  const web = join(folder, domain, 'static/www-content');
  for (let count = 0; count < folders * filesInFolder; count += 1) {
    const inside = join(web, `folder-${Math.floor(count / filesInFolder)}`);
    if (count % filesInFolder === 0) await mkdir(inside, { recursive: true });
    const from = (count * 7919) % (text.length - bytesInFile);
    await writeFile(join(inside, `file-${count}.html`), text.subarray(from, from + bytesInFile));
  }
  const archive = join(folder, 'archive.tar');
  await execute('tar', ['-C', folder, '-cf', archive, domain]);
  await rm(join(folder, domain), { recursive: true });
  return archive;
}

async function compare(folder: string, archive: string, options: { rounds: number }): Promise<void> {
  const runs = { tar: [] as Run[], synced: [] as Run[], imported: [] as Run[] };
  for (let round = 0; round < options.rounds; round += 1) {
    runs.tar.push(await unpackByTar(folder, archive, ''));
    runs.imported.push(await importIt(folder, archive));
    runs.synced.push(await unpackByTar(folder, archive, ' && sync -f .'));
  }
  const ending = archive.slice(archive.indexOf('.tar'));
  const median = (of: readonly Run[]) => summary(of.map(({ seconds }) => seconds)).median;
  const { min, max } = summary(runs.imported.map(({ seconds }) => seconds));
  const figures = `${median(runs.imported).toFixed(2)} s (${min.toFixed(2)} to ${max.toFixed(2)})`;
  printFigure(`import of a ${ending} of 1 GB in 20,000 files`, figures);
  printFigure(`  tar -x of the same`, `${median(runs.tar).toFixed(2)} s`);
  printFigure(`  tar -x and sync -f`, `${median(runs.synced).toFixed(2)} s`);
  printFigure('  import to tar -x', (median(runs.imported) / median(runs.tar)).toFixed(2), '1.3');
  printFigure('  import to tar -x and sync -f', (median(runs.imported) / median(runs.synced)).toFixed(2));
  const peak = summary(runs.imported.map(({ megabytes }) => megabytes)).max;
  printFigure('  memory of import at its peak', `${peak.toFixed(0)} MB`, 'under 100 MB');
}

async function unpackByTar(folder: string, archive: string, then: string): Promise<Run> {
  const to = join(folder, 'unpacked');
  await mkdir(to);
  const run = await execute('sh', ['-c', `cd "$1" && tar -xf "$2"${then}`, 'sh', to, archive]);
  await cleanUp(to);
  return run;
}

async function importIt(folder: string, archive: string): Promise<Run> {
  const data = join(folder, 'data');
  await mkdir(join(data, 'import'), { recursive: true });
  // A second name, so that the archive still exists for the next round.
  await link(archive, join(data, 'import', domain + archive.slice(archive.indexOf('.tar'))));
  const run = await execute(process.execPath, [program, domain, '--app', 'static'], { FREEHOLD_DATA: data });
  await cleanUp(data);
  return run;
}

/** Pending writes of one run must not slow down the next. */
async function cleanUp(path: string): Promise<void> {
  await rm(path, { recursive: true });
  await execute('sync', ['-f', join(path, '..')]);
}

async function execute(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const begun = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  let megabytes = 0;
  // The kernel records the peak, but only as long as the process exists.
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    megabytes = Math.max(megabytes, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1000);
  }, 20);
  const [code] = await once(child, 'close');
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return { seconds: (performance.now() - begun) / 1000, megabytes };
}
