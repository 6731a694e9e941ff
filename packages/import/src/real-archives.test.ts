// Archives as created by common tools.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { execute, makeSite, type SiteUnderTest } from './site-under-test.ts';

const web = 'domains/example.com/static/www-content';
let site: SiteUnderTest;
let made: Awaited<ReturnType<typeof temporaryFolder>>;

/** A tree of a site in `tree`, and a repository of pages in `repo`. */
before(async () => {
  made = await temporaryFolder();
  const write = async (path: string, text: string) => {
    await mkdir(`${made.path}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
    await writeFile(`${made.path}/${path}`, text);
  };
  for (const top of ['tree/static/www-content', 'repo']) {
    await write(`${top}/index.html`, 'mine');
    await write(`${top}/ärger/größe – €.html`, 'page'.repeat(50_000));
    await write(`${top}/odd \uFFFD.html`, 'odd');
    await symlink('../index.html', `${made.path}/${top}/ärger/link`);
    await write(`${top}/run.sh`, 'x');
    await chmod(`${made.path}/${top}/run.sh`, 0o755);
  }
  const git = (...args: string[]) => run('git', ['-C', `${made.path}/repo`, '-c', 'user.name=A', ...args]);
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'Pages');
});
after(() => made.remove());
beforeEach(async () => {
  site = await makeSite();
  await mkdir(site.path('import'));
});
afterEach(() => site.remove());

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await execute(command, args);
  assert.equal(code, 0, `${command} ${args.join(' ')}: ${output}`);
}

async function has(command: string): Promise<boolean> {
  return execute(command, ['--version']).then(
    () => true,
    () => false,
  );
}

async function assertImported(archive: string): Promise<void> {
  await site.run();
  assert.equal(await site.read(web, 'index.html'), 'mine');
  assert.equal((await site.read(web, 'ärger/größe – €.html')).length, 200_000);
  assert.equal(await site.read(web, 'odd \uFFFD.html'), 'odd');
  assert.equal(await readlink(site.path(web, 'ärger/link')), '../index.html');
  const { mode } = await stat(site.path(web, 'run.sh'));
  assert.equal(mode & 0o7777, 0o644);
  assert.deepEqual(await readdir(site.path('import')), [], archive);
  assert.deepEqual(await readdir(site.path('domains')), ['example.com']);
}

for (const [ending, option] of [
  ['.tgz', '--gzip'],
  ['.tar.xz', '--xz'],
  ['.txz', '--xz'],
  ['.tar.bz2', '--bzip2'],
  ['.tbz2', '--bzip2'],
  ['.tar.zst', '--zstd'],
  ['.tzst', '--zstd'],
] as const) {
  test(`A ${ending} created by tar is imported.`, async (context) => {
    const program = option.slice(2);
    if (!(await has(program))) return context.skip(`${program} is not installed here`);
    const archive = site.path(`import/example.com${ending}`);
    await run('tar', ['-C', `${made.path}/tree`, option, '-cf', archive, '.']);
    await assertImported(archive);
  });
}

for (const [what, options] of [
  ['created by zip', ['-qry']],
  ['without compression', ['-qry0']],
  ['with the longest form of sizes (zip64)', ['-qry', '-fz']],
  ['with names in UTF-8 alone', ['-qry', '-UN=UTF8']],
] as const) {
  test(`A .zip ${what} is imported.`, async (context) => {
    if (!(await has('zip'))) return context.skip('zip is not installed here');
    const archive = site.path('import/example.com.zip');
    await run('sh', ['-c', `cd '${made.path}/tree' && zip ${options.join(' ')} '${archive}' .`]);
    await assertImported(archive);
  });
}

for (const [format, ending] of [
  ['zip', '.zip'],
  ['tar', '.tar'],
  ['tar.gz', '.tar.gz'],
] as const) {
  test(`A repository of pages in a ${ending}, in its folder as GitHub packs it, becomes the web root.`, async () => {
    const archive = site.path(`import/example.com${ending}`);
    const options = ['--prefix=repo-main/', `--format=${format}`, '-o', archive, 'main'];
    await run('git', ['-C', `${made.path}/repo`, 'archive', ...options]);
    await assertImported(archive);
    assert.deepEqual(await readdir(site.path('domains/example.com')), ['static']);
    assert.deepEqual(await readdir(site.path('domains/example.com/static')), ['www-content']);
  });
}

test("A .zip streamed by Python's zipfile is imported.", async (context) => {
  if (!(await has('python3'))) return context.skip('python3 is not installed here');
  const archive = site.path('import/example.com.zip');
  const script = `import os, sys, zipfile
top, out = sys.argv[1:]
class Stream:
    def __init__(self, file): self.write, self.flush = file.write, file.flush
with open(out, 'wb') as file, zipfile.ZipFile(Stream(file), 'w', zipfile.ZIP_DEFLATED) as zip:
    for folder, names, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            info = zipfile.ZipInfo(os.path.relpath(path, top), (2020, 1, 2, 3, 4, 6))
            link = os.path.islink(path)
            info.external_attr = (0o120777 if link else os.stat(path).st_mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            zip.writestr(info, os.readlink(path) if link else open(path, 'rb').read())`;
  await run('python3', ['-c', script, `${made.path}/tree`, archive]);
  await assertImported(archive);
  const { mtime } = await stat(site.path(web, 'index.html'));
  assert.equal(mtime.toISOString(), '2020-01-02T03:04:06.000Z');
});

test('A .zip and a .tar.gz created by bsdtar are imported.', async (context) => {
  if (!(await has('bsdtar'))) return context.skip('bsdtar is not installed here');
  for (const ending of ['.zip', '.tar.gz']) {
    const archive = site.path(`import/example.com${ending}`);
    await run('bsdtar', ['-C', `${made.path}/tree`, '-acf', archive, '.']);
    await assertImported(archive);
    await rm(site.path('domains'), { recursive: true });
  }
});

test('An encrypted .zip is refused with that reason.', async (context) => {
  if (!(await has('zip'))) return context.skip('zip is not installed here');
  const archive = site.path('import/example.com.zip');
  await run('sh', ['-c', `cd '${made.path}/tree' && zip -qr -P secret '${archive}' .`]);
  await assert.rejects(
    site.run(),
    /"static\/www-content\/.*" in it is encrypted\. Pack it without a password\. Repack it with: tar -C FOLDER/,
  );
});

test('One part of a split .zip is refused with that reason.', async (context) => {
  if (!(await has('zip'))) return context.skip('zip is not installed here');
  await writeFile(`${made.path}/random`, randomBytes(200_000));
  const out = site.path('parts.zip');
  await run('sh', ['-c', `cd '${made.path}' && zip -q -s 64k '${out}' random`]);
  await run('mv', [out, site.path('import/example.com.zip')]);
  await assert.rejects(site.run(), /it is one part of a zip archive that was split/);
});
