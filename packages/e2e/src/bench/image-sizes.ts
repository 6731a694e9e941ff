// The size of each image, and the size that it adds to the base it shares with others.
import { run } from '../run.ts';
import { printFigure } from './figures.ts';

const programs = ['discovery', 'import', 'confd'];
const servers = ['node', 'haproxy', 'static'];

export async function benchImageSizes(): Promise<void> {
  const base = await sizeOf('node');
  for (const name of servers) printFigure(`image freehold/${name}`, megabytes(await sizeOf(name)));
  for (const name of programs) {
    const size = await sizeOf(name);
    const figures = `${megabytes(size)}, adds ${megabytes(size - base)}`;
    printFigure(`image freehold/${name}`, figures, 'adds under 2 MB');
  }
}

async function sizeOf(name: string): Promise<number> {
  const { stdout, stderr } = await run('docker', [
    'image',
    'inspect',
    '--format',
    '{{.Size}}',
    `freehold/${name}`,
  ]);
  if (stdout.trim() === '') throw new Error(stderr);
  return Number(stdout);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
