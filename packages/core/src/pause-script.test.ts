// scripts/host/pause.sh, with stand-ins for systemd, the clock and sleep.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const script = join(import.meta.dirname, '../../../scripts/host/pause.sh');
const execute = promisify(execFile);

/** Gives what starts a unit, at a time in seconds and with systemd's number of restarts, and returns the pause. */
async function prepare(context: TestContext) {
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  const at = (name: string) => join(folder.path, name);
  const text = (await readFile(script, 'utf8'))
    .replaceAll('/run/freehold', folder.path)
    .replaceAll('/proc/uptime', at('uptime'));
  await writeFile(at('pause.sh'), text);
  await mkdir(at('bin'));
  for (const [name, body] of Object.entries({ systemctl: `cat ${at('number')}`, sleep: `echo "SLEPT $1"` })) {
    await writeFile(at(`bin/${name}`), `#!/bin/sh\n${body}\n`);
    await chmod(at(`bin/${name}`), 0o755);
  }
  const env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` };
  return async (time: number, restarts: number) => {
    await writeFile(at('uptime'), `${time}.42 1.00\n`);
    await writeFile(at('number'), `${restarts}\n`);
    const { stdout } = await execute('sh', [at('pause.sh'), 'haproxy.service', '5'], { env });
    return Number(/^SLEPT (\d+)$/m.exec(stdout)?.[1] ?? 0);
  };
}

test('The pause before a restart grows up to its limit, and a manual start does not wait.', async (context) => {
  const pauseAt = await prepare(context);
  const pauses: number[] = [];
  let time = 1000;
  for (let restarts = 0; restarts < 8; restarts += 1) {
    const pause = await pauseAt(time, restarts);
    pauses.push(pause);
    time += pause + 1;
  }
  assert.deepEqual(pauses, [0, 0, 1, 2, 4, 5, 5, 5]);
  assert.equal(await pauseAt(time, 0), 0);
  assert.equal(await pauseAt(time + 1, 1), 0);
  assert.equal(await pauseAt(time + 2, 2), 1);
});

test('After it has run for two minutes, a unit begins with the shortest pause again.', async (context) => {
  const pauseAt = await prepare(context);
  for (let restarts = 0; restarts < 40; restarts += 1) await pauseAt(1000 + restarts, restarts);
  assert.deepEqual(
    [await pauseAt(1200, 40), await pauseAt(1201, 41), await pauseAt(1203, 42), await pauseAt(1400, 43)],
    [0, 1, 2, 0],
  );
});
