// For the tests: settings by hand that Postfix would not start on.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestMail } from './test-mail.ts';

export type BadSetting = readonly [line: string, named: RegExp];

/** What `systemctl reload postfix` runs. */
export const reload = (mail: TestMail) => mail.postfix.exec('/usr/lib/freehold/control.sh', 'reload');

/** Puts each into main.cf.local and asserts that it is refused by its name. The file is as it was afterwards. */
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
