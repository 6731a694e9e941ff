// Takes the tar of a folder whose last entry is .whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';

export interface Receiving {
  /** The folder that it is unpacked to. */
  readonly partial: string;
  /** Where it is read from; the default is standard input. */
  readonly input?: number | undefined;
  readonly signal: AbortSignal;
  /** Rejects if the disk is full. */
  requireRoom(): Promise<void>;
}

/**
 * @returns whether all of it has arrived.
 * @throws FreeholdError if the disk was or became full.
 */
export async function receiveFolder(receiving: Receiving): Promise<boolean> {
  const { partial, input, signal, requireRoom } = receiving;
  await requireRoom();
  await mkdir(partial, { recursive: true });
  const words = ['--extract', '--no-same-owner', `--directory=${partial}`];
  const child = spawn('tar', words, { stdio: [input ?? 'inherit', 'inherit', 'inherit'], signal });
  const [code] = await once(child, 'close');
  signal.throwIfAborted();
  // What has arrived still takes its space.
  if (code !== 0) await requireRoom();
  const whole = `${partial}/.whole`;
  if (code !== 0 || !existsSync(whole)) return false;
  await rm(whole);
  return true;
}
