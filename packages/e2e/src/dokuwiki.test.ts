// A further app, added as docs/how-to/add-an-app.md says.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { openSession } from './browser-session.ts';
import { untilStatus } from './fetch.ts';
import { exec, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';

const site = 'wiki.test';
const units = [`dokuwiki@${site}`, `import@${site}`, `discovery@${site}`];

before(async () => {
  await exec(['systemctl', 'enable', '--quiet', '--now', `dokuwiki@${site}`]);
  await untilStatus(site, 200);
});
after(() => exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']));

hostTest('its owner logs in as login.txt says and writes a page, and a visitor reads it', units, async () => {
  const login = `/data/domains/${site}/dokuwiki/wiki/login.txt`;
  assert.equal(await exec(['stat', '-c', '%u %a', login]), '0 600');
  const [u = '', p = ''] = (await exec(['cat', login])).split(' ');
  const session = openSession(site);
  const tokenIn = (text: string) => /name="sectok" value="([^"]*)"/.exec(text)?.[1] ?? '';
  const sectok = tokenIn((await session.fetch('/doku.php?id=start&do=login')).text);
  await session.fetch('/doku.php?id=start', { form: { do: 'login', u, p, sectok } });
  const form = (await session.fetch('/doku.php?id=start&do=edit')).text;
  const fields = Object.fromEntries(
    [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
  await session.fetch('/doku.php?id=start', {
    form: { ...fields, sectok: tokenIn(form), wikitext: '====== Written ======', 'do[save]': '1' },
  });
  assert.match((await openSession(site).fetch('/')).text, /<h1[^>]*>Written/);
});

hostTest('killed it comes back with its pages, and for another name it answers 421', units, async () => {
  await exec(['docker', 'kill', '--signal', 'KILL', `dokuwiki_${site}`]);
  const isThere = async () => /Written/.test((await openSession(site).fetch('/')).text);
  await waitFor('the page', isThere);
  const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const other = `curl -s -o /dev/null -w '%{http_code}' -H 'Host: other.test' "http://$(docker inspect -f "$1" "$2")/"`;
  assert.equal(await shell(other, address, `dokuwiki_${site}`), '421');
});
