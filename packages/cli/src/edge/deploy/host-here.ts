// What the operations of a switch of versions know, and the few calls that several of them make.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '@freehold/core/settings';
import { type AppTest, parseAppTests } from '../../deploy/app-tests.ts';
import type { Database } from '../../deploy/databases.ts';
import { parseDeclaration } from '../../host/declarations.ts';
import { outputOf, runProgram } from '../run-program.ts';

export interface SwitchHere {
  /** The folder scripts/ of the version that this program is of: not always that of the version in use. */
  readonly scripts: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Prints sentences for the operator: the first line with the time, further ones as they are. */
  report(sentence: string, kind?: 'failure'): void;
}

/** What the apps of this program's version declare. */
export interface Apps {
  /** The apps that can be a site. */
  readonly names: readonly string[];
  readonly tests: readonly AppTest[];
  readonly databases: readonly Database[];
}

export const opt = '/opt';
export const folderOf = (version: string): string => join(opt, `freehold-${version}`);

export async function readOwnApps({ scripts }: SwitchHere): Promise<Apps> {
  const folder = join(dirname(scripts), 'unit-files/apps');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.conf')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const names = files.map((name) => name.slice(0, -'.conf'.length));
  return {
    names,
    tests: texts.flatMap(parseAppTests),
    databases: texts.flatMap((text, index) => databaseOf(names[index] ?? '', text)),
  };
}

function databaseOf(app: string, text: string): Database[] {
  const declared = parseDeclaration(text);
  const [image, server = '', program = ''] = declared.get('Database') ?? [];
  const [files] = declared.get('DatabaseFiles') ?? [];
  const [record = ''] = declared.get('DatabaseVersion') ?? [];
  return image === undefined || files === undefined ? [] : [{ app, image, server, program, files, record }];
}

/** @throws FreeholdError with Docker's last words. */
export async function docker({ signal }: SwitchHere, ...words: string[]): Promise<string> {
  return outputOf('docker', words, { signal });
}

/** Whether a program ends with 0. */
export async function succeeds(
  { signal }: SwitchHere,
  command: string,
  ...words: string[]
): Promise<boolean> {
  return (await runProgram(command, words, { signal })).code === 0;
}

export function hasImage(host: SwitchHere, image: string): Promise<boolean> {
  return succeeds(host, 'docker', 'image', 'inspect', image);
}

/** The images of a version, as in 'freehold/static'. */
export async function imagesOf(host: SwitchHere, version: string): Promise<string[]> {
  const filter = `reference=freehold/*:${version}`;
  return lines(await docker(host, 'image', 'ls', '--filter', filter, '--format', '{{.Repository}}'));
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
