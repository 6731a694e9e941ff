// For tests: manual settings with which Postfix would not start.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestMail } from './test-mail.ts';

export type BadSetting = readonly [line: string, named: RegExp];

/** The command of `systemctl reload postfix`. */
export const reload = (mail: TestMail) => mail.postfix.exec('/usr/lib/freehold/control.sh', 'reload');

/**
 * Writes each to main.cf.local and asserts that it is refused by its name. The file is restored afterwards.
 */
export async function assertRefused(mail: TestMail, settings: readonly BadSetting[]): Promise<void> {
  const file = join(mail.folder, 'main.cf.local');
  const good = await readFile(file, 'utf8');
  for (const [line, named] of settings) {
    await writeFile(file, `${good}\n${line}\n`);
    await assert.rejects(reload(mail), ({ code, stdout }: { code: number; stdout: string }) => {
      assert.match(stdout, /^accepted but for main\.cf\.local: /, line);
      assert.match(stdout, named);
      return code === 1;
    });
  }
  await writeFile(file, good);
}
