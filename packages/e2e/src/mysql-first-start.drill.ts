// A database's first start, with only its image: the dumps that it refuses, and the state after a kill.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { exec, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import type { Outcome } from './run.ts';

const folder = '/data/first-start.test';
const container = 'first-start';
const rows = 20_000;

before(() => shell('mkdir -p "$1"/{in,db,run} && chown 10004 "$1"/{db,run}', folder));
after(() => shell('docker rm --force "$1" >/dev/null 2>&1 || true; rm -r "$2"', container, folder));

/** Runs it as the unit does, with additional `options`. */
const start = (...options: string[]): Promise<Outcome> =>
  tryExec([
    ...['docker', 'run', '--rm', '--name', container, '--network', 'none', '--read-only', '--tmpfs', '/tmp'],
    ...['--cap-drop', 'ALL', '--env', 'MYSQL_PASS=p', '--volume', `${folder}/in:/srv/mysql:ro`],
    ...['--volume', `${folder}/db:/var/lib/mysql`, '--volume', `${folder}/run:/run/mysqld`, ...options],
    'freehold/mysql',
  ]);
const putDump = (text: string) => exec(['sh', '-c', 'cat >"$0"', `${folder}/in/dump.sql`], text);
const ask = (query: string) => exec(['docker', 'exec', container, 'mariadb', '-N', 'wordpress', '-e', query]);
const remove = () => exec(['docker', 'rm', '--force', container]);

const refused: [string, string, RegExp][] = [
  ['is cut', '-- nothing at the end\n', /dump\.sql is incomplete/],
  ['names another database', 'USE `mysql`;\n-- Dump completed\n', /contains the database 'mysql'/],
  [
    'reads foreign data',
    'CREATE TABLE a (b int);\nSELECT * FROM mysql.global_priv;\n-- Dump completed\n',
    /Cannot load dump\.sql/,
  ],
  [
    'opens a file',
    'CREATE TABLE a (b int);\nsource /etc/passwd\n-- Dump completed\n',
    /Cannot load dump\.sql/,
  ],
];

for (const [what, dump, reason] of refused) {
  hostTest(`a dump that ${what} is not loaded, and nothing of it is kept`, [], async () => {
    await putDump(dump);
    const { code, stderr } = await start();
    assert.notEqual(code, 0);
    assert.match(stderr, reason);
    assert.equal(await shell('ls "$1"/db | grep -x db_files || true', folder), '');
  });
}

const untilReady = () => exec(['docker', 'exec', container, 'ready']);

hostTest(
  "from a dump of several databases, this site's is loaded, whatever its definers are",
  [],
  async () => {
    const trigger =
      '/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`elsewhere`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.c = UPPER(NEW.c) */;';
    const view =
      '/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */ /*!50001 VIEW v AS SELECT c FROM a */;';
    await putDump(`-- Current Database: \`mysql\`
CREATE DATABASE \`mysql\`; USE \`mysql\`; CREATE TABLE user (a int);
-- Current Database: \`wordpress\`
CREATE DATABASE /*!32312 IF NOT EXISTS*/ \`wordpress\`;
USE \`wordpress\`;
CREATE TABLE a (b int AUTO_INCREMENT PRIMARY KEY, c text) ENGINE=MyISAM;
INSERT INTO a (c) VALUES ('from DEFINER=\`x\`@\`y\` here');
${trigger}
-- Current Database: \`wordpress\`
USE \`wordpress\`;
${view}
CREATE DEFINER=\`root\`@\`elsewhere\` PROCEDURE p() SELECT 1;
CREATE DEFINER=\`root\`@\`elsewhere\` EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
-- Current Database: \`other\`
USE other; SELECT nothing;
-- Dump completed
`);
    await shell('rm -rf "$1"/db/*', folder);
    assert.equal((await start('--detach')).code, 0);
    await untilReady();
    const assertThere = async () => {
      await ask("INSERT INTO a (c) VALUES ('second')");
      assert.match(await ask('SELECT c FROM v'), /^from DEFINER=`x`@`y` here\n(SECOND\n?)+$/);
      assert.equal(
        await ask("SELECT engine FROM information_schema.tables WHERE table_name = 'a'"),
        'InnoDB',
      );
      assert.match(await ask('SHOW PROCEDURE STATUS; SHOW EVENTS'), /\tp\t[\s\S]*\te\t/);
    };
    await assertThere();
    await putDump(`${await exec(['docker', 'exec', container, 'dump'])}\n`);
    await remove();
    await shell('rm -rf "$1"/db/*', folder);
    assert.equal((await start('--detach')).code, 0);
    await untilReady();
    await assertThere();
    await remove();
  },
);

function largeDump(): string {
  const values = Array.from({ length: rows }, (_, number) => `(${number}, '${'x'.repeat(500)}')`);
  return `CREATE TABLE a (b int PRIMARY KEY, c text);\nINSERT INTO a VALUES ${values.join(', ')};\n-- Dump completed\n`;
}

hostTest(
  'if the first start is killed at any moment, the next start loads the whole dump',
  [],
  async (context) => {
    await putDump(largeDump());
    const whole = await shell(
      `rm -rf "$2"/db/*
     begun=$(date +%s%3N)
     docker run --detach --name "$1" --network none --tmpfs /tmp --env MYSQL_PASS=p --volume "$2/in:/srv/mysql:ro" \\
       --volume "$2/db:/var/lib/mysql" --volume "$2/run:/run/mysqld" freehold/mysql >/dev/null
     docker exec "$1" ready
     echo $(($(date +%s%3N) - begun))`,
      container,
      folder,
    );
    await remove();
    const [left, steps]: [string[], number] = [[], 10];
    for (let step = 1; step <= steps; step += 1) {
      await shell('rm -rf "$1"/db/*', folder);
      assert.equal((await start('--detach')).code, 0);
      await shell('sleep "$1"', String((Number(whole) / 1000) * (step / (steps + 1))));
      await remove();
      left.push(await shell('ls "$1"/db | tr "\\n" " "', folder));
      assert.equal((await start('--detach')).code, 0);
      await untilReady();
      assert.equal(await ask('SELECT COUNT(*), SUM(LENGTH(c)) FROM a'), `${rows}\t${rows * 500}`);
      await remove();
    }
    context.diagnostic(`It takes ${whole} ms; what was there when it was killed: ${left.join('| ')}`);
    assert.ok(
      left.some((names) => names.includes('db_files.new')),
      'one kill hit it in the middle',
    );
  },
);

hostTest('an older MariaDB does not open data that a newer one has opened', [], async () => {
  const record = `${folder}/db/db_files/mariadb_upgrade_info`;
  await shell('rm -rf "$1"/db/* "$1"/in/*', folder);
  assert.equal((await start('--detach')).code, 0);
  await untilReady();
  const version = await exec(['cat', record]);
  const label = '{{index .Config.Labels "freehold.data-version"}}';
  const series = await exec(['docker', 'image', 'inspect', '--format', label, 'freehold/mysql']);
  assert.match(series, /^\d+\.\d+$/);
  assert.ok(version.startsWith(`${series}.`), `${version} is of the series ${series}`);
  await remove();
  await exec(['sh', '-c', 'printf 99.1.2-MariaDB >"$0"', record]);
  const { code, stderr } = await start();
  assert.equal(code, 2);
  assert.match(stderr, /MariaDB 99\.1 has opened its data/);
});
