// A WordPress is its folder: dumped, packed, and imported, on a second host, on its own after it
// was wiped from there with its database, and under another name.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Address, openSession, type Session } from './browser-session.ts';
import { exec, journal, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { makePng } from './make-png.ts';
import { carry, onSecond, removeSecondHost, secondHost, startSecondHost } from './second-host.ts';
import {
  type Login,
  logIn,
  loginOf,
  removeWordpress,
  startWordpress,
  titles,
  unitsOf,
  untilAnswered,
} from './wordpress-sites.ts';

const [site, renamed] = ['moving-blog.test', 'renamed-blog.test'] as const;
const units = [...unitsOf(site), ...unitsOf(renamed)];
const picture = makePng(800, 600);
let session: Session;
let pictureUrl: string;
let login: Login;

before(async () => {
  session = await startWordpress(site);
  login = await loginOf(site);
  const writer = await logIn(session, login);
  pictureUrl = (await writer.upload('moving.png', picture)).source_url ?? '';
  await writer.post('Before the move', `<img src="${pictureUrl}"> "quotes" and ünïcode 🚚`);
  await exec([`${repository}/scripts/dump-site.sh`, site]);
  await startSecondHost();
  await carry(site, '.tar.gz');
  await shell('tar -C /data/domains -czf "/data/$1.tar.gz" "$1"', site);
  await exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
});
after(async () => {
  await removeSecondHost();
  await removeWordpress(site, renamed);
  await shell('rm -f "/data/$1.tar.gz"', site);
});

/** What a reader and its owner find is what there was before the move. */
async function assertSame(lookUp?: () => Address): Promise<void> {
  const visitor = await untilAnswered(site, lookUp);
  assert.ok((await titles(visitor)).includes('Before the move'));
  assert.deepEqual((await visitor.fetch(new URL(pictureUrl).pathname)).bytes, picture);
  const { text } = await visitor.fetch('/?rest_route=/wp/v2/posts&search=Before');
  assert.match(JSON.parse(text)[0].content.rendered, /ünïcode 🚚/);
  await logIn(openSession(site, lookUp), login);
}

hostTest('on a second host it has the same posts, the same picture and the same login', units, async () => {
  await onSecond('systemctl enable --quiet --now "wordpress@$1"', site);
  await assertSame(secondHost);
  await (await logIn(openSession(site, secondHost), login)).post(
    'After the move',
    'Written on the second host',
  );
  assert.ok((await titles(openSession(site, secondHost))).includes('After the move'));
});

hostTest(
  'deleted and imported from its archive, it is the same, and users stay logged in',
  units,
  async () => {
    await shell('cp "/data/$1.tar.gz" "/data/import/$1.tar.gz"', site);
    await exec(['systemctl', 'enable', '--quiet', '--now', `wordpress@${site}`]);
    await assertSame();
    assert.equal((await session.fetch('/wp-admin/')).status, 200);
  },
);

hostTest(
  'under another name its addresses follow, serialized ones too, if the operator says so',
  units,
  async () => {
    const begun = Date.now();
    await exec([`${repository}/scripts/dump-site.sh`, site]);
    await shell(
      `mkdir -p "/data/import/.new" && cp -a "/data/domains/$1/wordpress" "/data/domains/$1/mysql" /data/import/.new/
     echo "FORMER_DOMAIN=$1" >>/data/import/.new/wordpress/.env
     mv /data/import/.new "/data/import/$2"`,
      site,
      renamed,
    );
    const value = `a:2:{s:4:"logo";s:${`https://${site}/logo.png`.length}:"https://${site}/logo.png";s:4:"mail";s:${`me@${site}`.length}:"me@${site}";}`;
    const insert = `INSERT INTO wp_options (option_name, option_value, autoload) VALUES ('theme_x', '${value}', 'off');`;
    await shell('sed -i "s|^-- Dump completed|$2\\n&|" "/data/import/$1/mysql/dump.sql"', renamed, insert);
    await startWordpress(renamed);
    const visitor = await untilAnswered(renamed);
    const { text } = await visitor.fetch('/?rest_route=/wp/v2/posts&search=Before');
    assert.ok(JSON.parse(text)[0].content.rendered.includes(`https://${renamed}/wp-content/uploads`), text);
    const option = await exec([
      'docker',
      'exec',
      `mysql_${renamed}`,
      'mariadb',
      '-N',
      'wordpress',
      '-e',
      "SELECT option_value FROM wp_options WHERE option_name = 'theme_x'",
    ]);
    const [logo, mail] = [`https://${renamed}/logo.png`, `me@${site}`];
    assert.equal(
      option,
      `a:2:{s:4:"logo";s:${logo.length}:"${logo}";s:4:"mail";s:${mail.length}:"${mail}";}`,
    );
    await exec(['systemctl', 'restart', `wordpress@${renamed}`]);
    const said = await journal([`wordpress@${renamed}`], begun);
    assert.equal(said.match(/in \d+ fields of the database/g)?.length, 1, 'once');
  },
);
