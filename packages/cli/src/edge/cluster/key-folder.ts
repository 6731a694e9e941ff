// The folder of a cluster's keys on this machine: only its owner can read it.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { withLock } from '@freehold/core/lock';
import type { Program } from '@freehold/core/run-main';
import { readSettings, wholeNumber } from '@freehold/core/settings';
import { syncFolder, writeAtomic } from '@freehold/core/write-atomic';
import { isValid } from '../../cluster/judge-certificate.ts';
import type { KeyFiles } from '../../cluster/key-files.ts';
import type { CertificateSpec, KeyOperation } from '../../cluster/key-operations.ts';
import type { Tools } from '../../cluster/run-keys.ts';
import { makeCa, makeCertificate } from './make-certificate.ts';

const lockName = '.lock';

/** Runs for several servers may change it at the same time: each change waits for the previous one. */
export function openKeys(folder: string, program: Program, report: (sentence: string) => void): Tools {
  const { env, signal, log } = program;
  // How long certificates are valid.
  const { FREEHOLD_CERTIFICATE_DAYS: days } = readSettings(
    { FREEHOLD_CERTIFICATE_DAYS: wholeNumber({ min: 1, max: 36_500, preset: 730 }) },
    env,
  );
  return {
    folder,
    read: () => readKeys(folder),
    async alone(work) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return withLock(join(folder, lockName), { signal, log, what: `A change in ${folder}` }, work);
    },
    perform: (operation) => perform(folder, operation, days, signal),
    judge: (files, spec) => isValid(files, spec, new Date()),
    freshKey: () => ({ seconds: Math.floor(Date.now() / 1000), key: randomBytes(32).toString('hex') }),
    report,
  };
}

/** All files, without what a killed run has left under temporary names. */
async function readKeys(folder: string): Promise<KeyFiles> {
  const paths = await filesIn(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new FreeholdError(`Cannot read the keys in ${folder}: ${reasonOf(error)}`, { cause: error });
  });
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const)),
  );
}

/** The paths of files in a folder. Links are followed: a CA may be on another disk. */
async function filesIn(folder: string, own = ''): Promise<string[]> {
  const names = (await readdir(join(folder, own))).filter((name) => !/^\.|\.(?:tmp|new)$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(own, name);
      const entry = await stat(join(folder, path)).catch(() => undefined);
      if (entry?.isDirectory()) return filesIn(folder, path);
      return entry?.isFile() ? [path] : [];
    }),
  );
  return found.flat();
}

/** Replaced, it would make each certificate of the cluster invalid. */
async function refuseOther(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found === undefined || found.size === 0) return;
  throw new FreeholdError(`Cannot create a CA: ${file} exists already. Nothing was changed.`);
}

async function perform(
  folder: string,
  operation: KeyOperation,
  days: number,
  signal: AbortSignal,
): Promise<void> {
  const file = (path: string) => join(folder, path);
  switch (operation.do) {
    case 'make-ca': {
      const { ca } = operation;
      await refuseOther(file(`${ca}/ca.pem`));
      await mkdir(file(ca), { recursive: true, mode: 0o700 });
      const made = await makeCa(ca.slice('ca/'.length), { folder: file(ca), signal });
      await write(file(`${ca}/ca.key`), made.key);
      return write(file(`${ca}/ca.pem`), made.certificate);
    }
    case 'make-certificate':
      return certify(folder, operation.spec, days, signal);
    case 'copy':
      return write(file(operation.to), await readFile(file(operation.from), 'utf8'));
    case 'write':
      return write(file(operation.path), operation.text);
    case 'remove':
      await rm(file(operation.path), { recursive: true, force: true });
      return syncFolder(dirname(file(operation.path))).catch(() => undefined);
  }
}

async function certify(
  folder: string,
  spec: CertificateSpec,
  days: number,
  signal: AbortSignal,
): Promise<void> {
  const file = (path: string) => join(folder, path);
  const own = dirname(file(spec.certificate));
  await mkdir(own, { recursive: true, mode: 0o700 });
  const ca = { certificate: file(`${spec.ca}/ca.pem`), key: file(`${spec.ca}/ca.key`) };
  const made = await makeCertificate(spec, ca, days, { folder: own, signal });
  // Between the two they do not match, so the next run makes both again.
  await write(file(spec.key), made.key);
  await write(file(spec.certificate), made.certificate);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeAtomic(path, text, { mode: 0o600 });
}
