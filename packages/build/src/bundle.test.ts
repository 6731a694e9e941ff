// A bundle contains everything a program needs: it uses no node_modules and no files of etcd3 beside it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';

const packages = join(import.meta.dirname, '../..');

for (const program of ['acme', 'cli', 'confd', 'discovery', 'gitpuller', 'import', 'postfix-config']) {
  test(`The bundle of ${program} runs from an otherwise empty folder.`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'freehold-test-'));
    context.after(() => rm(folder, { recursive: true }));
    const outfile = join(folder, `${program}.mjs`);
    await bundle({ entry: join(packages, program, 'src/main.ts'), outfile });
    assert.deepEqual(await readdir(folder), [`${program}.mjs`]);
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, '--help'], { cwd: folder });
    assert.match(stdout, /^Usage: /m);
  });
}

test('The bundle of import contains every app of the folder apps.', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  context.after(() => rm(folder, { recursive: true }));
  const source = join(packages, 'import/src');
  const outfile = join(folder, 'import.mjs');
  await bundle({ entry: join(source, 'main.ts'), outfile });
  const helpOf = async (file: string) =>
    (await promisify(execFile)(process.execPath, [file, '--help'])).stdout;
  const help = await helpOf(outfile);
  assert.match(help, /--app APP .*static/);
  assert.equal(help, await helpOf(join(source, 'main.ts')));
});

test('The bundle of discovery contains the protocol of etcd and can call etcd.', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  context.after(() => rm(folder, { recursive: true }));
  const outfile = join(folder, 'discovery.mjs');
  await bundle({ entry: join(packages, 'discovery/src/main.ts'), outfile });
  // Nothing listens on port 1, so the connection fails, not the definition of the call.
  const env = { FREEHOLD_ETCD: 'http://127.0.0.1:1', FREEHOLD_HOST: 'host1' };
  const run = promisify(execFile)(process.execPath, [outfile, 'withdraw', 'a.test', '--deadline', '1'], {
    env,
  });
  await assert.rejects(run, {
    code: 1,
    stderr: /etcd at http:\/\/127\.0\.0\.1:1 could not list \/services\/.*ECONNREFUSED/,
  });
});
