// For tests: a program that must not run, and that leaves a file behind if it does.
import assert from 'node:assert/strict';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteUnderTest } from './site-under-test.ts';

export interface Trap {
  /** A program that leaves a file behind. */
  readonly program: string;
  assertUntouched(): Promise<void>;
}

/** Writes the program into the data folder. */
export async function layTrap(site: SiteUnderTest): Promise<Trap> {
  const program = join(site.data, 'trap');
  await writeFile(program, `#!/bin/sh\ntouch ${program}.sprung\ncat\n`);
  await chmod(program, 0o755);
  return {
    program,
    async assertUntouched() {
      await assert.rejects(access(`${program}.sprung`), { code: 'ENOENT' });
    },
  };
}

const hooks = [
  'post-checkout',
  'reference-transaction',
  'post-index-change',
  'pre-auto-gc',
  'post-merge',
  'post-update',
];

/** Writes hooks that run the trap. */
export async function writeHooks(folder: string, { program }: Trap): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of hooks) {
    await writeFile(join(folder, name), `#!/bin/sh\nexec ${program} </dev/null\n`);
    await chmod(join(folder, name), 0o755);
  }
}
