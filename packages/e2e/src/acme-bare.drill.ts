// A bare server that becomes a host with automatic certificates by two commands, and a site of each kind on it, for which
// nothing else is typed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { domainToASCII } from 'node:url';

// The other modules take it as the host of all tests, so it is set before they are loaded.
const name = `${process.env.FREEHOLD_E2E_HOST ?? 'freehold-e2e'}-acme`;
process.env.FREEHOLD_E2E_HOST = name;
const { exec, repository, shell } = await import('./host.ts');
const { run } = await import('./run.ts');
const { issuerOf, setUp, startCa, untilSecured } = await import('./acme-host.ts');

const scripts = join(import.meta.dirname, '../../../scripts');
const add = (domain: string, ...options: string[]) =>
  exec([`${repository}/scripts/add-site.sh`, domain, ...options]);

async function must(script: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(join(scripts, script), args);
  assert.equal(code, 0, stdout + stderr);
}

before(async () => {
  await must('throwaway-host.sh', 'bare', name);
  await must('throwaway-copy.sh', name);
  await shell('mkdir -p /etc/freehold');
  await startCa();
});
after(() => must('throwaway-host.sh', 'down', name));

/** Status and page that a visitor gets over https. */
const pageOf = (domain: string) =>
  shell(
    'curl --silent --insecure --write-out "\\n%{http_code}" --resolve "$1:443:127.0.0.1" "https://$1/"',
    domain,
  );

/** Adds a site, and waits until visitors are shown a certificate of the CA; gives the seconds that took. */
async function secondsOf(domain: string, ...options: string[]): Promise<string> {
  const begun = Date.now();
  await add(domain, ...options);
  await untilSecured(domainToASCII(domain));
  return ((Date.now() - begun) / 1000).toFixed(1);
}

test('a bare server and a site have https after setup.sh --operator and add-site.sh', async (context) => {
  const begun = Date.now();
  const said = await setUp('--operator', 'operator@example.org');
  assert.match(said, /Turning on automatic certificates.*operator@example\.org/);
  const setUpAt = Date.now();
  context.diagnostic(`static: https ${await secondsOf('static-a.test')} s after add-site.sh was called`);
  const all = ((Date.now() - begun) / 1000).toFixed(0);
  context.diagnostic(
    `from a bare server to https: ${all} s, of which setup.sh took ${((setUpAt - begun) / 1000).toFixed(0)} s`,
  );
  assert.match(await pageOf('static-a.test'), /\n200$/);
});

test('so have a git site, a WordPress, a site of an internationalised name, and one that is stopped', async (context) => {
  await shell(`
    command -v git >/dev/null || apt-get install --yes --no-install-recommends git >/dev/null 2>&1
    git init --quiet --initial-branch main /tmp/site; cd /tmp/site
    echo '<p>pulled</p>' >index.html; git add .; git -c user.name=Test -c user.email=test@example.org commit --quiet --message one
    mkdir -p /data/domains/git-a.test; git clone --quiet --bare /tmp/site /data/domains/git-a.test/site.git
    chown -R 10003:10003 /data/domains/git-a.test/site.git`);
  const git = await secondsOf('git-a.test', '--git', '/data/domains/git-a.test/site.git main');
  assert.match(await pageOf('git-a.test'), /pulled[\s\S]*\n200$/);
  const wordpress = await secondsOf('blog-a.test', '--app', 'wordpress');
  // Robots come within seconds of a certificate, so it has to be installed by then.
  assert.match(await pageOf('blog-a.test'), /wp-content[\s\S]*\n200$/);
  const named = await secondsOf('müller-a.test');
  assert.match(await pageOf('xn--mller-a-n2a.test'), /\n200$/);
  await shell('systemctl stop acme.timer acme.path');
  await add('stopped-a.test');
  await shell('systemctl stop static@stopped-a.test; systemctl start acme.path acme.timer');
  await untilSecured('stopped-a.test');
  assert.match(await pageOf('stopped-a.test'), /\n503$/);
  assert.match(await issuerOf('stopped-a.test'), /Pebble/);
  context.diagnostic(
    `https after add-site.sh: git ${git} s, WordPress ${wordpress} s, müller-a.test ${named} s`,
  );
});
