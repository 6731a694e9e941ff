// The pages of docs/how-to that are typed on a host, followed to the letter: each command has to succeed. Commands about
// certificates from a CA have tests of their own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { commandsOf } from './guide-page.ts';
import { exec, hostName, run, shell, tryExec } from './host.ts';

const folder = '/data/host-guide';
const sites = ['example.com', 'example.org', 'example.net', 'blog.example', 'wiki.example'];

/** The sections in the order in which they are typed. */
const sections: readonly (readonly [page: string, section: string])[] = [
  ['manage-sites', 'Add a site'],
  ['manage-sites', 'Set its limits'],
  ['check-a-host', 'Is all well?'],
  ['check-a-host', 'Look closer'],
  ['install-a-certificate', 'The file'],
  ['install-a-certificate', 'Install it'],
  ['forward-mail', 'Add and remove forwards'],
  ['forward-mail', 'Set up DNS'],
  ['forward-mail', "Receive the postmaster's mail"],
  ['forward-mail', 'Watch the queue'],
  ['run-wordpress', 'Dump the database'],
  ['run-wordpress', 'Change the database password'],
  ['run-wordpress', 'Look into the database'],
  ['run-wordpress', 'Run background jobs'],
  ['import-a-wordpress', 'From another host of freehold'],
  ['set-up-a-host', 'Check the isolation of sites'],
  ['manage-sites', 'Remove it'],
  ['import-a-site', 'What to hand over'],
  ['import-a-site', 'Import it'],
  ['back-up-and-restore', 'On the host itself'],
  ['move-a-site', 'Without a control machine'],
  ['publish-from-git', 'Add it'],
  ['publish-from-git', 'A private repository over https'],
  ['publish-from-git', 'A private repository over ssh'],
  ['publish-at-each-push', 'Create the secret'],
  ['publish-at-each-push', 'Test it'],
];

/** Commands that add a site which an earlier one has added in another way: there is no site before them. */
const fromNothing = [
  /add example\.com --from \/home/,
  /^cp -r example\.com /,
  /add example\.com --git /,
  /^mkdir -p \/data\/import\/\.example\.com/,
  /add example\.com --git-file /,
];

/** Where a section is typed, if not in the reader's folder. */
const siteFolder = '/data/domains/example.com/static-git';
const typedIn: Readonly<Record<string, string>> = {
  'A private repository over ssh': folder,
  'Create the secret': siteFolder,
};

/** Lines that are no commands, or need what a reader fills in. */
const skipped = [/^example\.com\. MX /, /^static\/www-content\//, /^TLS\//, / QUEUE-ID( |$)/];

/** The reader's own repository in place of the page's, and answers in place of a terminal. */
const examples: readonly (readonly [shown: string, real: string])[] = [
  ["'https://git.example.net/site.git main'", `'${folder}/git/site.git main'`],
  ["'https://git.example.org/site.git main'", `'${folder}/git/site.git main'`],
  ['/home/me', folder],
  // Each command is typed in a shell of its own.
  ['install -o 10003', `cd ${siteFolder}; install -o 10003`],
  ['docker exec -it ', 'docker exec '],
  ['freehold site remove example.com', 'freehold site remove example.com --yes'],
  ['freehold mail remove info@example.com', 'freehold mail remove info@example.com --yes'],
];

const pageOf = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../../docs/how-to/${name}.md`), 'utf8');
const typed = sections.flatMap(([page, section]) =>
  commandsOf(pageOf(page), [section])
    .filter(({ line }) => !skipped.some((one) => one.test(line)))
    .map(({ line, command }) => ({ page, section, line, command })),
);

/** A repository of one page, made here, as a host needs no git. */
const sendRepository = `work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
  git init --quiet --bare --initial-branch main site.git; git clone --quiet site.git clone 2>/dev/null
  echo '<p>git</p>' >clone/index.html; git -C clone add .
  git -C clone -c user.name=Test -c user.email=test@freehold.test commit --quiet -m one; git -C clone push --quiet origin HEAD:main
  tar -c --owner 10003 --group 10003 site.git | docker exec -i "$0" tar -x -C ${folder}/git`;

before(async () => {
  await removeSites();
  await shell(
    `mkdir -p ${folder}/my-pages ${folder}/git ${folder}/example.com/static/www-content
     echo '<p>mine</p>' | tee ${folder}/my-pages/index.html >${folder}/example.com/static/www-content/index.html
     echo '${folder}/git/site.git main' >${folder}/address
     cp --preserve /etc/freehold/host.env ${folder}/; echo 'FREEHOLD_GIT_REPOSITORIES=${folder}/git' >>/etc/freehold/host.env`,
  );
  assert.equal((await run('bash', ['-euc', sendRepository, hostName])).code, 0);
  const { certificate, key } = await makeCertificate(['example.com', 'www.example.com']);
  await exec(['sh', '-c', `cat >${folder}/example.com.pem`], certificate + key);
});

after(async () => {
  await removeSites();
  await shell(
    `cp --preserve ${folder}/host.env /etc/freehold/host.env; rm -rf ${folder}
     etcdctl del --prefix /mail/example.com/ >/dev/null`,
  );
});

async function removeSites(): Promise<void> {
  for (const site of sites) await tryExec(['freehold', 'site', 'remove', site, '--delete-data', '--yes']);
}

for (const { page, section, line, command } of typed)
  test(`${page}, "${section}": ${command}`, async () => {
    if (fromNothing.some((one) => one.test(command))) await removeSites();
    const text = examples.reduce((done, [shown, real]) => done.replace(shown, real), line);
    const { code, stdout, stderr } = await tryExec([
      'bash',
      '-c',
      `export HOME=${folder}; cd ${typedIn[section] ?? folder}; ${text}`,
    ]);
    assert.equal(code, 0, `${text}: ${stderr.slice(-4000)}${stdout.slice(-4000)}`);
  });
