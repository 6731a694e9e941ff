// What the operator's scripts do on one host: back up, restore, remove, move and switch versions without losing data.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { etcdctl, exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const [kept, linked, added, brought] = ['kept-o.test', 'linked-o.test', 'added-o.test', 'brought-o.test'];
const units = [kept, added, brought].flatMap((site) => [`static@${site}`, `import@${site}`]);
const scripts = `${repository}/scripts`;
const file = '/tmp/operator-scripts.tar.gz';

const add = (site: string, page: string) =>
  shell(
    `mkdir -p "/tmp/pages-$1"; echo "$2" >"/tmp/pages-$1/index.html"; ${scripts}/add-site.sh "$1" --from "/tmp/pages-$1"`,
    site,
    page,
  );
const remove = (site: string, ...options: string[]) => exec([`${scripts}/remove-site.sh`, site, ...options]);
const page = (site: string) => exec(['curl', '-s', '-H', `Host: ${site}`, 'http://127.0.0.1/']);
const backUp = () => tryExec(['bash', '-c', `${scripts}/host/back-up.sh >${file}`]);
const entries = async () => (await exec(['tar', '-tzf', file])).split('\n');

before(async () => {
  await add(kept, 'kept');
});
after(async () => {
  await shell(
    `rm -f ${file} /data/domains/${linked}; rm -rf /srv/linked-o /tmp/pages-*; etcdctl del --prefix /mail/${kept}/`,
  );
  for (const site of [kept, added, brought]) await remove(site, '--delete-data');
});

hostTest('a backup follows symbolic links to volumes, for all sites and for one', units, async () => {
  await shell(
    `mkdir -p /srv/linked-o/static /data/volume-o; echo x >/srv/linked-o/static/one; ln -s /srv/linked-o "/data/domains/$1"
     mv /data/domains /data/volume-o/; ln -s volume-o/domains /data/domains`,
    linked,
  );
  try {
    const { code, stderr } = await backUp();
    assert.equal(code, 0, stderr);
  } finally {
    await shell(
      'rm /data/domains; mv /data/volume-o/domains /data/; rmdir /data/volume-o; rm "/data/domains/$1"',
      linked,
    );
  }
  const names = await entries();
  for (const name of [
    `domains/${kept}/static/www-content/index.html`,
    `domains/${linked}/static/one`,
    'domains/',
  ])
    assert.ok(names.includes(name), `${name} is missing in ${names.join(' ')}`);
  assert.equal(names.at(-1), '.whole');
});

hostTest('a backup without the data of a site fails and names the site', units, async () => {
  await shell('mv "/data/domains/$1" /data/away-o', kept);
  try {
    const { code, stderr } = await tryExec([`${scripts}/host/back-up.sh`]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`Cannot back up static@${kept}: /data/domains/${kept} is missing or empty`),
    );
  } finally {
    await shell('mv /data/away-o "/data/domains/$1"', kept);
  }
});

hostTest(
  'a site that lives on another host of the same etcd is not restored, unless told',
  units,
  async () => {
    const restore = (...options: string[]) =>
      tryExec(['bash', '-c', `${scripts}/host/restore.sh "$@" <${file}`, 'restore', ...options, kept]);
    await remove(kept, '--delete-data');
    const record = `/services/wordpress/${kept}/h9.freehold.test`;
    await etcdctl(['put', record, '{"boot":"0123456789abcdef"}']);
    try {
      const refused = await restore();
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        new RegExp(`${kept} is not restored: it lives on h9\\.freehold\\.test\\. .*move-site\\.sh`),
      );
      assert.equal((await tryExec(['ls', `/data/domains/${kept}`, `/data/import/${kept}`])).stdout, '');
      const known = await restore('--elsewhere', `${kept}=h8.freehold.test`);
      assert.match(known.stderr, /it lives on h8\.freehold\.test/);
      const told = await restore('--even-so');
      assert.equal(told.code, 0, told.stderr);
      await exec(['systemctl', 'is-active', `static@${kept}`]);
    } finally {
      await etcdctl(['del', record]);
    }
    assert.equal(await page(kept), 'kept');
  },
);

hostTest('the kept certificate of a removed site is not reported as wrong', units, async () => {
  const { certificate, key } = await makeCertificate(['another.test']);
  await exec(
    ['bash', '-c', `mkdir -p /data/domains/${kept}/TLS; cat >/data/domains/${kept}/TLS/${kept}.pem`],
    certificate + key,
  );
  const check = () => tryExec([`${scripts}/host/check-certs.sh`, kept]);
  assert.match((await check()).stdout, /WRONG/);
  await remove(kept);
  const { code, stdout } = await check();
  assert.equal(code, 0, stdout);
  assert.match(stdout, new RegExp(`${kept}: is not a site of this host any more`));
});

hostTest('removing a site lists what is left, and --delete-data removes what is its own', units, async () => {
  const settings = `/etc/systemd/system/static@${kept}.service.d`;
  await shell(
    `mkdir -p ${settings} /data/moved/$1 /data/moved/$1-20261124-031500; echo '[Service]' >${settings}/x.conf
     ${scripts}/mail.sh add "info@$1" me@elsewhere.invalid >/dev/null`,
    kept,
  );
  const listed = await remove(kept);
  for (const path of [
    `/data/domains/${kept}`,
    `/data/moved/${kept}`,
    `/data/moved/${kept}-20261124-031500`,
    settings,
  ])
    assert.ok(listed.includes(`rm -r '${path}'`), listed);
  assert.ok(listed.includes(`scripts/mail.sh remove 'info@${kept}'`), listed);
  const deleted = await remove(kept, '--delete-data');
  assert.match(deleted, /Left on this host:\n {2}mail for info@\S+ is still forwarded: .*$/);
  await shell(`${scripts}/mail.sh remove "info@$1"`, kept);
  assert.match(await remove(kept), /Nothing of it is left on this host/);
  assert.equal(
    await shell(`ls -d ${settings} /data/*/$1* /run/freehold/senders/$1 2>/dev/null || true`, kept),
    '',
  );
});

const moveTo = (site: string, ...step: string[]) => [`${scripts}/host/move-to.sh`, site, ...step];

/** The last step of a move's copy, as the other host sends it. */
const takeOver = (site: string) =>
  tryExec([
    'bash',
    '-euo',
    'pipefail',
    '-c',
    `cd ${scripts}/host; base=$(mktemp -d)
     mkdir -p "$base/domains/$1/static/www-content" "$base/moving/$1/sent/units/static@$1.service.d"
     echo brought >"$base/domains/$1/static/www-content/index.html"; chown -R 10002:10002 "$base/domains/$1/static"
     echo '[Service]' >"$base/moving/$1/sent/units/static@$1.service.d/x.conf"; chmod 755 "$base/domains/$1"
     (cd "$base" && find "domains/$1" \\( -type d -printf '%p\\0%y %m %U %G\\0' -o -printf '%p\\0%y %m %U %G %s %Ts %l\\0' \\)) \\
       | LC_ALL=C sort --zero-terminated | sha256sum >"$base/moving/$1/sent/listing"; tar -C "$base" -c "domains/$1" "moving/$1/sent" | ./move-to.sh "$1" take-over`,
    'take-over',
    site,
  ]);

hostTest('discarding a failed move keeps a site that was added here during the copy', units, async () => {
  await exec(moveTo(added, 'begin', 'static', '200', 'h9.freehold.test', 'abc'));
  await add(added, 'added');
  const { code, stderr } = await takeOver(added);
  assert.equal(code, 1);
  assert.match(stderr, /\/data\/domains\/\S+ exists on this host already/);
  await exec(moveTo(added, 'discard'));
  assert.equal(await page(added), 'added');
  assert.equal(await exec(moveTo(added, 'state')), 'site static');
});

hostTest(
  'discarding a failed move removes what it brought, and not a site added after that',
  units,
  async () => {
    const begin = () => exec(moveTo(brought, 'begin', 'static', '200', 'h9.freehold.test', 'abc'));
    const left = () =>
      shell(
        'ls -d /data/domains/$1 /data/moving/$1 /etc/systemd/system/static@$1.service.d 2>/dev/null || true',
        brought,
      );
    await begin();
    const { code, stderr } = await takeOver(brought);
    assert.equal(code, 0, stderr);
    assert.equal(await page(brought), 'brought');
    await shell('mkdir "/data/import/$1"', brought);
    await exec(moveTo(brought, 'discard'));
    assert.equal(await left(), '');
    await shell('rmdir "/data/import/$1"', brought);
    await begin();
    assert.equal((await takeOver(brought)).code, 0);
    await remove(brought, '--delete-data');
    await add(brought, 'added since');
    await exec(moveTo(brought, 'discard'));
    assert.equal(await page(brought), 'added since');
  },
);

hostTest('a version whose MariaDB is older than the data of a site is refused', units, async () => {
  const label = (tag: string, series: string) =>
    shell(
      'printf "FROM freehold/mysql:latest\\nLABEL freehold.data-version=$2\\n" | docker build -q -t "freehold/mysql:$1" -',
      tag,
      series,
    );
  await label('older', '10.11');
  await label('newer', '99.1');
  const info = `/data/runtime/domains/${kept}/mysql/db_files/mariadb_upgrade_info`;
  await shell('mkdir -p "$(dirname "$1")"; echo 11.8.3-MariaDB >"$1"', info);
  const check = (version: string) => tryExec([`${scripts}/host/check-databases.sh`, version]);
  try {
    const { code, stderr } = await check('older');
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`MariaDB 10\\.11 cannot read .*[\\s\\S]*: .*${kept} \\(11\\.8\\)[\\s\\S]*remove-site\\.sh`),
    );
    assert.equal((await check('newer')).code, 0);
    await shell('rm "$1"', info);
    assert.equal((await check('older')).code, 1, 'data without a note is as the image that it runs on');
    assert.equal((await check('latest')).code, 0);
  } finally {
    await shell(
      `rm -r "/data/runtime/domains/${kept}"; docker image rm freehold/mysql:older freehold/mysql:newer`,
    );
  }
});
