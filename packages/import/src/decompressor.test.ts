// Archives that an external program unpacks, when that fails.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { index, tar } from './archive-under-test.ts';
import { assertRefused } from './refusal-under-test.ts';
import { execute, mainFile, makeSite, type SiteUnderTest } from './site-under-test.ts';

const content = tar(index, { path: 'static/www-content/random', content: randomBytes(300_000) });
let site: SiteUnderTest;
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

async function pack(program: string, bytes: Buffer = content): Promise<Buffer> {
  await writeFile(site.path('plain'), bytes);
  const { code } = await execute('sh', [
    '-c',
    `${program} <"$0" >"$1"`,
    site.path('plain'),
    site.path('packed'),
  ]);
  assert.equal(code, 0, `${program} is required here`);
  const packed = await readFile(site.path('packed'));
  for (const name of ['plain', 'packed']) await rm(site.path(name));
  return packed;
}

for (const program of ['xz', 'bzip2']) {
  const ending = program === 'xz' ? '.tar.xz' : '.tar.bz2';
  const refuse = (bytes: Buffer, reason: RegExp) => assertRefused(site, bytes, reason, { ending });

  test(`A ${ending} that is truncated, damaged or mislabelled is refused with that reason.`, async () => {
    const packed = await pack(program);
    for (const share of [0.1, 0.5, 0.999]) {
      await refuse(
        packed.subarray(0, packed.length * share),
        /it is truncated: its end is missing\..*Repack it with/,
      );
    }
    const damaged = Buffer.from(packed);
    damaged.fill(0x55, packed.length >> 1, (packed.length >> 1) + 40);
    // Output from before bzip2 detects the damage may be what is reported as invalid.
    await refuse(
      damaged,
      /its content is not (xz|bzip2), or is damaged|it is not a tar archive, or is damaged/,
    );
    await refuse(
      Buffer.concat([packed, Buffer.from('more')]),
      /extra data after the end|is not|is truncated/,
    );
    await refuse(content, new RegExp(`its content is not ${program}, or is damaged`));
    await refuse(await pack(program, packed), new RegExp(`it contains ${program} where tar is expected`));
  });

  test(`A bomb in a ${ending} is refused before it has filled anything.`, async () => {
    const bomb = await pack(program, tar(index, { path: 'zeros', content: Buffer.alloc(110e6) }));
    await refuse(bomb, /more than 200 times as many.*FREEHOLD_IMPORT_MAX_RATIO/);
  });

  for (const [what, script, reason] of [
    ['is killed', 'head -c 1000; kill -9 $$', /is damaged \(it was killed by SIGKILL\)/],
    ['fails', `echo '${program}: broken' >&2; exit 1`, /is damaged \(.*broken\)/],
    ['is missing', undefined, new RegExp(`cannot run the program ${program} to unpack it`)],
  ] as const) {
    test(`When ${program} ${what}, that is the reason in the error, and the archive stays.`, async () => {
      await mkdir(site.path('bin'));
      if (script !== undefined) {
        await writeFile(site.path('bin', program), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
        await chmod(site.path('bin', program), 0o755);
      }
      await writeFile(site.path(`import/example.com${ending}`), content);
      const command = [mainFile, 'example.com', '--app', 'static'];
      const { code, output } = await execute(process.execPath, command, {
        FREEHOLD_DATA: site.data,
        PATH: site.path('bin'),
      });
      assert.equal(code, 1, output);
      assert.match(output, reason);
      assert.deepEqual(await readdir(site.path('import')), [`example.com${ending}`]);
      assert.deepEqual(await readdir(site.path('domains')), []);
    });
  }
}

test('An .xz that needs a large part of the memory to unpack is refused.', async () => {
  const large = await pack('xz --lzma2=preset=0,dict=256MiB');
  await assertRefused(site, large, /would take too much memory: pack it with xz -9 or less/, {
    ending: '.txz',
  });
});
