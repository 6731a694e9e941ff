// 'freehold server back-up', 'server restore' and 'site restore' on a control machine; in the place of ssh is a program that
// answers for the servers.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { outcomeOf } from './fake-servers.ts';

const execute = promisify(execFile);
const main = join(import.meta.dirname, 'main.ts');

// The last argument is the command, the one before it the server. Each server's answer is in a file with its name.
const ssh = `#!/bin/bash
command=\${!#} server=\${*: -2:1}
case "$command" in
  *host/back-up.sh*)
    [ -z "$CUT" ] || { head -c "$CUT" "$FAKE/backup.tar.gz"; exit 255; }
    cat "$FAKE/backup.tar.gz" ;;
  *list-sites.sh*) cat "$FAKE/$server" || exit 255 ;;
  *restoring/begun*) cat "$FAKE/found" ;;
  *host/restore.sh*)
    cat >"$FAKE/received"; command=\${command#*exec }; command=\${command%%;*}; echo "RUNS $(tr -cd 'a-z0-9 .=/-' <<<"$command")"; printf 'a\\tb\\033]0;title\\007\\n'
    [ ! -e "$FAKE/fails" ] || { echo 'no room' >&2; exit "$(cat "$FAKE/fails")"; } ;;
esac
`;

/** A control machine with a backup that has these folders of sites. */
async function prepare(context: TestContext, sites: string, folders: readonly string[]) {
  const root = await temporaryFolder();
  context.after(root.remove);
  const [bin, tree, to] = ['bin', 'tree', 'to'].map((name) => join(root.path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [bin, to, join(tree, 'backup'), join(tree, 'domains'), join(tree, 'import')])
    await mkdir(folder, { recursive: true });
  for (const folder of folders) await mkdir(join(tree, 'domains', folder), { recursive: true });
  await writeFile(join(tree, 'backup/sites'), sites);
  await writeFile(join(tree, '.whole'), '');
  await writeFile(join(bin, 'ssh'), ssh);
  await chmod(join(bin, 'ssh'), 0o755);
  const archive = join(root.path, 'backup.tar.gz');
  await execute('tar', ['-czf', archive, '-C', tree, 'backup', 'domains', 'import', '.whole']);
  const env = {
    ...{ ...process.env, PATH: `${bin}:${process.env.PATH}`, FAKE: root.path },
    ...{ FREEHOLD_CONFIG: join(root.path, 'config'), FREEHOLD_SERVERS: join(root.path, 'servers') },
  };
  const runWith = (more: NodeJS.ProcessEnv, ...words: string[]) =>
    outcomeOf(
      spawn(process.execPath, [main, ...words], {
        env: { ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  const run = (...words: string[]) => runWith({}, ...words);
  const say = (name: string, text: string) => writeFile(join(root.path, name), text);
  return { path: root.path, to, archive, run, runWith, say };
}

test('a backup in which the folder of a site is missing or empty is a failure, and the message contains the site', async (context) => {
  const whole = await prepare(context, 'static a.test\n- off.test\n', ['a.test/static', 'off.test']);
  const good = await whole.run('server', 'back-up', 'h1.test', '--to', whole.to);
  assert.equal(good.code, 0, good.stderr);
  assert.equal((await readdir(whole.to)).length, 1);
  const sites = 'static a.test\nstatic b.test\nwordpress c.test\n';
  const partial = await prepare(context, sites, ['a.test/static', 'b.test']);
  const { code, stdout } = await partial.run('server', 'back-up', 'h1.test', '--to', partial.to);
  assert.equal(code, 1);
  assert.match(stdout, /The backup of h1\.test has no data of these sites: b\.test c\.test\./);
});

test('an interrupted backup is deleted, as is that of a server that does not answer', async (context) => {
  const { to, runWith } = await prepare(context, 'static a.test\n', ['a.test/static']);
  for (const cut of ['0', '200']) {
    const words = ['server', 'back-up', 'h1.test', '--to', to];
    const { code, stdout, stderr } = await runWith({ CUT: cut }, ...words);
    assert.equal(code, 1);
    assert.match(stdout, /The backup of h1\.test arrived incomplete and was deleted/);
    assert.match(stderr, /Failed: h1\.test/);
    assert.deepEqual(await readdir(to), []);
  }
});

const three = 'static a.test\nstatic b.test\nwordpress c.test\n- off.test\n';
const folders = ['a.test/s', 'b.test/s', 'c.test/s'];

test('the server gets the backup and the sites that were asked for, and what it prints is printed', async (context) => {
  const { run, archive, path, say } = await prepare(context, three, folders);
  const all = await run('server', 'restore', 'h1.test', archive);
  assert.equal(all.code, 0, all.stderr);
  assert.match(
    all.stdout,
    /Sending .*backup\.tar\.gz to h1\.test\nRUNS \S+host\/restore\.sh\na {4}b\]0;title\n$/,
  );
  assert.deepEqual(await readFile(join(path, 'received')), await readFile(archive));
  const one = await run('site', 'restore', 'h1.test', archive, 'c.test', '--even-so');
  assert.match(one.stdout, /RUNS \S+restore\.sh --even-so c\.test$/m);
  for (const [failing, code] of [
    ['1', 1],
    ['2', 2],
    ['75', 1],
    ['255', 1],
  ] as const) {
    await say('fails', failing);
    const failed = await run('server', 'restore', 'h1.test', archive);
    assert.equal(failed.code, code);
    assert.match(failed.stdout, /no room/);
    assert.match(failed.stderr, failing === '255' ? /Cannot reach h1\.test/ : /to h1\.test is not complete/);
  }
});

test('a site that runs, or may run, on another server of the list is not restored', async (context) => {
  const { run, archive, say } = await prepare(context, three, folders);
  await say('servers', 'h1.test\nadmin@h2.test # the second\n10.0.0.1\n');
  await say('h1.test', 'host h1.test\nsite a.test\n');
  await say('10.0.0.1', 'host h1.test\nsite a.test\n');
  await say('admin@h2.test', 'host h2.test\nsite b.test\nsite other.test\n');
  const all = await run('server', 'restore', 'h1.test', archive);
  assert.match(all.stdout, /RUNS \S+restore\.sh --elsewhere b\.test=h2\.test$/m);
  const restore = (...words: string[]) => run('site', 'restore', 'h1.test', archive, ...words);
  assert.match((await restore('c.test')).stdout, /RUNS \S+restore\.sh c\.test$/m);
  assert.match((await restore('c.test', 'b.test')).stdout, /--elsewhere b\.test=h2\.test c\.test b\.test$/m);
  await say('servers', 'h1.test\nh3.test\n');
  const unknown = await restore('c.test');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^h3\.test: .*No such file/m);
  assert.match(unknown.stderr, /some servers did not answer, so it is unknown which sites they have/);
  assert.doesNotMatch(unknown.stdout, /RUNS/);
  assert.match((await restore('c.test', '--even-so')).stdout, /RUNS \S+restore\.sh --even-so c\.test$/m);
});

test('--dry-run prints what would be done with each site, and --list the sites', async (context) => {
  const { run, archive, say } = await prepare(context, three, folders);
  await say('servers', 'h2.test\n');
  await say('h1.test', 'host h1.test\n');
  await say('h2.test', 'host h2.test\nsite b.test\n');
  await say('found', 'domains/off.test\nimport/x.zip\nrestoring/begun/c.test\nunits/static@z.test.service\n');
  const { code, stdout } = await run('server', 'restore', 'h1.test', archive, '--dry-run');
  assert.equal(code, 0);
  assert.deepEqual(stdout.split('\n').slice(0, 4), [
    'Would restore a.test (static), and start it.',
    'b.test would not be restored: it lives on h2.test.',
    'Would complete the restore of c.test, which was interrupted.',
    'off.test exists on h1.test already and would not be changed.',
  ]);
  assert.match(stdout, /settings that h1\.test lacks.*Nothing was changed\.$/m);
  assert.doesNotMatch(stdout, /RUNS/);
  const one = await run('site', 'restore', 'h1.test', archive, 'a.test', 'x.test', '--dry-run');
  assert.match(one.stdout, /^The backup does not contain the site x\.test\.\nWould restore a\.test/);
  assert.equal((await run('server', 'restore', '--list', archive)).stdout, three);
});

test('what is no backup, no server or no domain is refused before any server is contacted', async (context) => {
  const { run, archive, path } = await prepare(context, three, folders);
  await writeFile(join(path, 'cut.tar.gz'), (await readFile(archive)).subarray(0, 200));
  await execute('tar', ['-czf', join(path, 'none.tar.gz'), '-C', path, 'tree/backup']);
  const damaged = await readFile(archive);
  damaged.writeUInt32LE(0x7878_7878, Math.floor(damaged.length / 2));
  await writeFile(join(path, 'damaged.tar.gz'), damaged);
  for (const name of ['cut', 'none', 'damaged']) {
    const { code, stderr, stdout } = await run('server', 'restore', 'h1.test', join(path, `${name}.tar.gz`));
    assert.equal(code, 1);
    assert.match(stderr, /is not a complete backup from scripts\/deploy\/back-up\.sh/);
    assert.equal(stdout, '');
  }
  for (const [words, message] of [
    [['server', 'restore'], /Missing argument: SERVER/],
    [['server', 'restore', 'h1.test'], /Missing argument: FILE/],
    [['server', 'restore', '-oX', archive], /Unknown option/],
    [['server', 'restore', 'h 1', archive], /'h 1' is not a server/],
    [['server', 'restore', 'h1.test', '/nowhere'], /Cannot restore from '\/nowhere': no such file/],
    [['site', 'restore', 'h1.test', archive], /Missing argument: DOMAIN/],
    [['site', 'restore', 'h1.test', archive, 'Not_A_Site'], /is not a domain name/],
  ] as const) {
    const { code, stdout, stderr } = await run(...words);
    assert.equal(code, 2, words.join(' '));
    assert.match(stderr, message);
    assert.equal(stdout, '');
  }
});
