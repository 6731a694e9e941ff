// scripts/host/site.sh, which runs as root at each start of a site, with stand-ins for Docker and systemd.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '@freehold/testing/temporary-folder';

const script = join(import.meta.dirname, '../../../scripts/host/site.sh');
const execute = promisify(execFile);

/** Prepares a folder with the script and the stand-ins; `docker` is a shell script. Gives what calls site.sh. */
async function prepare(context: TestContext, docker: string) {
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  const at = (...names: string[]) => join(folder.path, ...names);
  const log = at('log');
  for (const name of ['containers', 'senders', 'drain', 'stopped', 'bin', 'units', 'import'])
    await mkdir(at(name));
  const text = (await readFile(script, 'utf8'))
    .replaceAll('/run/freehold', folder.path)
    .replaceAll('/data/runtime/import', at('import'))
    .replaceAll('/etc/systemd/system', at('units'));
  await writeFile(at('site.sh'), text);
  const described =
    '{"Name":"/static_a.test","Config":{"Env":["A=\\"IPAddress\\":\\"10.0.0.8\\""]},"NetworkSettings":{"SandboxKey":' +
    '"/run/docker/netns/1","IPAddress":"","Networks":{"freehold":{"IPAddress":"10.0.0.9"}}}}';
  const standIns = {
    docker,
    curl: `case "$*" in *DELETE*) : >${at('removed')} ;; */json) printf '%s' '${described}' ;; esac`,
    systemctl: `case "$1" in show) echo ActiveState=active ;; list-jobs) cat ${at('jobs')} ;; esac`,
  };
  for (const [name, body] of Object.entries(standIns)) {
    await writeFile(at('bin', name), `#!/bin/sh\necho "${name} $*" >>${log}\n${body}\n`);
    await chmod(at('bin', name), 0o755);
  }
  const env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` };
  await writeFile(at('jobs'), '');
  await mkdir(at('networks'));
  const run = (args: readonly string[], settings = {}) =>
    execute('sh', [at('site.sh'), ...args], { env: { ...env, ...settings } }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
  const start = (app = 'static') =>
    run(['run', `${app}@a.test.service`, `${app}_a.test`, 'a.test', 'docker', 'run', '--detach']);
  return { at, run, start, calls: () => readFile(log, 'utf8') };
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test('A start records what Docker reports about the container, then has it announced.', async (context) => {
  const { at, start, calls } = await prepare(context, 'echo 0123');
  assert.deepEqual(await start(), { code: 0, stdout: '' });
  assert.equal(JSON.parse(await readFile(at('containers/a.test'), 'utf8'))[0].Name, '/static_a.test');
  assert.equal(await readFile(at('senders/a.test'), 'utf8'), '10.0.0.9\n');
  assert.match(await calls(), /systemctl start --no-block discovery@a\.test\.service\n$/);
});

test("A git site's link leads to the network of its container.", async (context) => {
  const { at, start, run } = await prepare(context, 'echo 0123');
  await start();
  await run(['network', 'static_a.test', 'a.test']);
  assert.equal(await readlink(at('networks/a.test')), '/run/docker/netns/1');
});

test('A stop during docker run waits for its end, so that the container can be removed.', async (context) => {
  const { at, calls, start } = await prepare(context, 'kill -TERM $PPID; sleep 0.1; echo 0123');
  assert.deepEqual(await start(), { code: 0, stdout: '' });
  assert.ok(await isThere(at('containers/a.test')));
  assert.match(await calls(), /discovery@a\.test\.service\n$/);
});

const ended = ['ended', 'static_a.test', 'a.test', 'static@a.test'];
const failed = { SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS: '0' };

test('The end of a site removes its notes, but not those of another app.', async (context) => {
  const { at, start, run } = await prepare(context, 'echo 0123');
  await start();
  await run(['ended', 'wordpress_a.test', 'a.test', 'wordpress@a.test'], failed);
  assert.ok((await isThere(at('containers/a.test'))) && (await isThere(at('senders/a.test'))));
  await run(ended, { SERVICE_RESULT: 'success', EXIT_CODE: 'exited', EXIT_STATUS: '0' });
  assert.ok(!(await isThere(at('containers/a.test'))) && !(await isThere(at('senders/a.test'))));
});

test('A failed unit has its next try prepared before it looks for a stop, which is noted.', async (context) => {
  const { at, run, calls } = await prepare(context, '');
  await run(ended, failed);
  assert.match(
    await calls(),
    /systemctl start --no-block retry@static@a\.test\.timer\nsystemctl list-jobs .*\n$/,
  );
  assert.ok(!(await isThere(at('stopped/static@a.test'))));
  await writeFile(at('jobs'), '123 static@a.test.service stop running\n');
  await run(ended, failed);
  assert.ok(await isThere(at('stopped/static@a.test')));
});

for (const hint of ["See 'docker run --help'.", "\nRun 'docker run --help' for more information"]) {
  test(`The last line of a refused start is its reason, without: ${hint.trim()}`, async (context) => {
    const reason = `docker: invalid argument "6\\\\4" for "--memory" flag`;
    const { start } = await prepare(context, `echo 0123; printf '%s\\n' '${reason}' "${hint}" >&2; exit 125`);
    assert.deepEqual(await start(), { code: 1, stdout: `<3>${reason}\n` });
  });
}

test('A container that a crash has left is replaced.', async (context) => {
  const conflict = 'Conflict. The container name "/static_a.test" is already in use by container "0123".';
  const { at, start } = await prepare(
    context,
    `[ -e "\${0%/bin/*}/removed" ] || { echo 'docker: ${conflict}' >&2; exit 125; }`,
  );
  assert.deepEqual(await start(), { code: 0, stdout: '' });
  assert.ok(await isThere(at('containers/a.test')));
});

test('A second app that is refused leaves the notes about the site that is served.', async (context) => {
  const { at, start, calls } = await prepare(context, 'echo 0123');
  await writeFile(at('import/a.test.prepared'), 'static\n');
  for (const app of ['static', 'wordpress'])
    await writeFile(at(`units/${app}@.service`), '--label freehold.site=%i\n');
  await writeFile(at('drain/a.test'), 'FREEHOLD_DRAIN_SECONDS=0\n');
  await writeFile(at('stopped/discovery@a.test'), '');
  const { code, stdout } = await start('wordpress');
  assert.equal(code, 1);
  assert.match(stdout, /static@a\.test serves a\.test on this host/);
  assert.doesNotMatch(await calls(), /docker run/);
  assert.ok((await isThere(at('drain/a.test'))) && (await isThere(at('stopped/discovery@a.test'))));
});

test('A unit of the previous version, which calls announce, removes the notes of the last stop.', async (context) => {
  const { at, run } = await prepare(context, '');
  await writeFile(at('drain/a.test'), 'FREEHOLD_DRAIN_SECONDS=0\n');
  await writeFile(at('stopped/discovery@a.test'), '');
  assert.equal((await run(['announce', 'static_a.test', 'a.test'])).code, 0);
  assert.ok(!(await isThere(at('drain/a.test'))) && !(await isThere(at('stopped/discovery@a.test'))));
});
