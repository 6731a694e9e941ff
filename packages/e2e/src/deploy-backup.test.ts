// A server is backed up, is lost, is made anew, and has again what it had.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import type { Session } from './browser-session.ts';
import {
  addressOf,
  deployAll,
  fromJumpBox,
  onJumpBox,
  onServer,
  replaceServer,
  servers,
  startServers,
} from './servers.ts';
import { logIn, loginOf, titles, untilAnswered } from './wordpress-sites.ts';

const [first, second] = servers;
const [pages, blog, pulled, off] = ['pages-b.test', 'blog-b.test', 'pulled-b.test', 'off-b.test'];
const sites = [pages, blog, pulled, off];
const folder = '/tmp/backups';
let session: Session;
let file: string;

before(async () => {
  await startServers();
  await deployAll();
  await fromJumpBox(
    `rm -rf ${folder}; mkdir -p ${folder} /tmp/pages-b; echo '<p>kept</p>' >/tmp/pages-b/index.html; ln -sf ./index.html /tmp/pages-b/same.html`,
  );
  // A repository in the domain's own folder is in its backup, too.
  const git = `/data/domains/${pulled}/site.git`;
  await onServer(
    second,
    `command -v git >/dev/null || apt-get install --yes --no-install-recommends git >/dev/null 2>&1
     rm -rf /tmp/site; git init --quiet --initial-branch main /tmp/site; cd /tmp/site; git config user.name Test; git config user.email test@freehold.test
     echo '<p>pulled</p>' >index.html; git add .; git commit --quiet --message one
     mkdir -p /data/domains/${pulled}; git clone --quiet --bare /tmp/site ${git}; chown -R 10003:10003 ${git}`,
  );
  await fromJumpBox(
    `./add-site.sh ${second} ${pages} --from /tmp/pages-b; ./add-site.sh ${second} ${pulled} --git '${git} main'
     ./add-site.sh ${second} ${off}; ./add-site.sh ${second} ${blog} --app wordpress`,
  );
  for (const domain of [pages, blog]) {
    const { certificate, key } = await makeCertificate([domain, `www.${domain}`]);
    await fromJumpBox(
      `printf %s "$1" >/tmp/${domain}.pem; ./approve-certs.sh ${second} /tmp/${domain}.pem`,
      certificate + key,
    );
  }
  await onServer(
    second,
    `systemctl disable --quiet --now static@${off}; systemctl enable --quiet --now dump@${blog}.timer
     mkdir -p /etc/systemd/system/static@${pages}.service.d
     printf '[Service]\\nEnvironment=FREEHOLD_SITE_MEMORY=80m\\n' >/etc/systemd/system/static@${pages}.service.d/memory.conf
     systemctl daemon-reload; systemctl restart static@${pages}; echo more-b.test >/data/runtime/postfix/destinations.local; echo FREEHOLD_DRAIN_SECONDS=3 >>/etc/freehold/host.env
     /opt/freehold/scripts/mail.sh add info@${pages} me@elsewhere.invalid >/dev/null`,
  );
  session = await blogAt(second);
  const login = await loginOf(blog, (text, ...args) => onServer(second, text, ...args));
  assert.ok((await (await logIn(session, login)).post('Before it was lost', 'ünïcode 🚚')).id);
});
after(async () => {
  for (const server of [first, second])
    for (const site of sites) await fromJumpBox(`./remove-site.sh ${server} ${site} --delete-data || true`);
  for (const server of [first, second])
    await onServer(server, 'for site; do etcdctl del --prefix "/mail/$site/"; done >/dev/null', ...sites);
  await onServer(
    second,
    'rm -f /data/runtime/postfix/destinations.local; sed -i /DRAIN/d /etc/freehold/host.env',
  );
});

async function blogAt(server: typeof first | typeof second): Promise<Session> {
  const address = await addressOf(server);
  return untilAnswered(blog, () => [address, 443]);
}

const body = (domain: string, scheme = 'http', path = '') =>
  onServer(
    second,
    `curl --silent --insecure --resolve "$1:80:127.0.0.1" --resolve "$1:443:127.0.0.1" ${scheme}://$1/${path}`,
    domain,
  );

/** All that a visitor, a sender of mail and the operator see of it. */
const picture = async () => ({
  pages: [await body(pages, 'https'), await body(pages, 'https', 'same.html')],
  pulled: await body(pulled),
  posts: await titles(await blogAt(second)),
  host: await onServer(
    second,
    `systemctl is-enabled static@${pages} wordpress@${blog} static-git@${pulled} dump@${blog}.timer
     docker inspect --format '{{.HostConfig.Memory}}' static_${pages}; cat /data/runtime/postfix/destinations.local
     grep FREEHOLD_DRAIN /etc/freehold/host.env; etcdctl get --prefix /mail/${pages}/; ls /etc/systemd/system/*${pages}*.d
     tail -n 1 /data/runtime/postfix/srs-secret; openssl x509 -noout -fingerprint -in /data/domains/${pages}/TLS/${pages}.pem`,
  ),
});

/** What there was when it was backed up. */
let whole: Awaited<ReturnType<typeof picture>>;

test('a backup is one file that only its owner reads', async () => {
  whole = await picture();
  const said = await fromJumpBox(`./back-up.sh ${second} --to ${folder}`);
  assert.match(said, /: .*d2\.freehold\.test-\d{8}-\d{6}\.tar\.gz: [0-9.]+[KM]?B, 4 sites/);
  file = await fromJumpBox(`ls -d ${folder}/*`).then((text) => text.trim());
  assert.match(await fromJumpBox(`stat --format %a ${file}`), /^600$/m);
  const listed = await fromJumpBox(`./restore.sh ${file} --list`);
  assert.equal(listed, `wordpress ${blog}\n- ${off}\nstatic ${pages}\nstatic-git ${pulled}\n`);
});

test('a backup that is cut off is not kept, and one of a server that is away is said', async () => {
  const { code, stdout } = await onJumpBox(
    `PATH=/tmp/cut:$PATH; mkdir -p /tmp/cut; printf '#!/bin/sh\\nexec /usr/bin/ssh "$@" | head -c 20000\\n' >/tmp/cut/ssh
     chmod +x /tmp/cut/ssh; ./back-up.sh ${second} nowhere.freehold.test --to ${folder}`,
  );
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`The backup of ${second} did not arrive whole`));
  assert.match(stdout, /The backup of nowhere.freehold.test did not/);
  assert.equal(await fromJumpBox(`ls -A ${folder}`), `${file.split('/').at(-1)}\n`);
});

test('what is no whole backup, or names what no host can have, is refused', async () => {
  await fromJumpBox(
    `cd /tmp; head -c 10000 ${file} >cut.tar.gz; cp ${file} damaged.tar.gz
     printf x | dd of=damaged.tar.gz bs=1 seek=20000 conv=notrunc status=none; mkdir -p evil/backup; echo x >evil/no
     tar -czf none.tar.gz -C evil no`,
  );
  for (const name of ['cut', 'damaged', 'none']) {
    const { code, stderr } = await onJumpBox(`./restore.sh ${first} /tmp/${name}.tar.gz`);
    assert.equal(code, 1);
    assert.match(stderr, /is not a whole backup/);
  }
  await fromJumpBox(
    `cd /tmp; rm -rf evil; mkdir -p evil/backup/units/evil.test evil/domains/evil.test/static/www-content evil/import
     mkdir evil/backup/units/evil.test/ssh.service.d; echo '[Service]' >evil/backup/units/evil.test/ssh.service.d/x.conf
     printf '%s\\n' 'static ../../etc' 'static evil.test' >evil/backup/sites; : >evil/backup/mail; : >evil/backup/dumped; : >evil/backup/undumped
     : >evil/backup/host.env; : >evil/.whole; tar -C evil -czf evil.tar.gz backup domains import .whole`,
  );
  const { code, stdout, stderr } = await onJumpBox(`./restore.sh ${first} /tmp/evil.tar.gz`);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /a site that no host can have: '..\/..\/etc'/);
  assert.match(stdout + stderr, /is no setting of a unit of evil.test/);
  const left =
    'ls -d /data/restoring/tree /etc/systemd/system/ssh.service.d /data/import/* 2>/dev/null || true';
  assert.equal(await onServer(first, `rm -r /data/restoring/begun/evil.test; ${left}`), '');
});

test('a server that was lost is made anew, and has all of it again', async (context) => {
  await replaceServer(second);
  await fromJumpBox(`./deploy.sh ${second} --no-build`);
  const restoring = `./restore.sh ${second} ${file}`;
  const begun = Date.now();
  // Cut off in the middle, and run again.
  const cut = await onJumpBox(`${restoring} 2>&1 | sed -u '/Served/q'`);
  await waitFor(
    'the first run to end',
    async () => (await onServer(second, 'pgrep --full host/[r]estore.sh || true')) === '',
  );
  const said = cut.stdout + (await fromJumpBox(restoring));
  context.diagnostic(`It took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  assert.match(
    await onServer(second, `ls /data/import; systemctl is-enabled static@${off} || true`),
    new RegExp(`^${off}\ndisabled$`),
  );
  assert.match(said, /All that was asked for is here/);
  await waitFor('what it was', async () => {
    assert.deepEqual(await picture(), whole);
    return true;
  });
  assert.equal(await onServer(second, 'ls /data/restoring/begun'), '');
});

test('restored once more, nothing that is there is touched, and one that differs is said', async () => {
  await onServer(
    second,
    `echo '<p>changed since</p>' >/data/domains/${pages}/static/www-content/index.html; systemctl start static@${off}
     /opt/freehold/scripts/mail.sh add info@${pages} other@elsewhere.invalid >/dev/null`,
  );
  const said = await fromJumpBox(`./restore.sh ${second} ${file}`);
  for (const site of sites) assert.match(said, new RegExp(`${site} is here already, and stays as it is`));
  assert.match(said, /info@pages-b.test goes to .*other@elsewhere.invalid.* here, and not to/);
  assert.equal(await body(pages, 'https'), '<p>changed since</p>');
});

test('a site that lives on another server of the list is not restored', async () => {
  const list = `printf '%s\\n' ${first} ${second} >/tmp/servers-b; export FREEHOLD_SERVERS=/tmp/servers-b`;
  const { code, stdout } = await onJumpBox(`${list}; ./restore.sh ${first} ${file} ${pages} ${pulled}`);
  assert.equal(code, 1);
  for (const site of [pages, pulled])
    assert.match(stdout, new RegExp(`${site} is not restored: it lives on d2\\.freehold\\.test\\.`));
  assert.equal(
    await onServer(first, `ls -A /data/domains /data/import | grep -c -e ${pages} -e ${pulled} || true`),
    '0',
  );
  const away = await onJumpBox(
    `${list}; echo nowhere.freehold.test >>/tmp/servers-b; ./restore.sh ${first} ${file} ${pages}`,
  );
  assert.equal(away.code, 1);
  assert.match(away.stderr, /it is not known which sites the servers have that did not answer/);
});

test('one site comes back on another server, with its mail and nothing else', async () => {
  await fromJumpBox(`./restore.sh ${first} ${file} ${blog}`);
  assert.deepEqual(await titles(await blogAt(first)), whole.posts);
  assert.equal(
    await onServer(
      first,
      `ls -d /data/domains/${pages} /data/runtime/postfix/destinations.local 2>/dev/null || true`,
    ),
    '',
  );
  const none = await onJumpBox(`./restore.sh ${first} ${file} nobody.test`);
  assert.equal(none.code, 1);
  assert.match(none.stdout + none.stderr, /The backup has no site nobody.test/);
});
