// The pages of docs/how-to for a control machine, followed to the letter: each command is run as it stands there, in the
// order of the pages, and its purpose has to be fulfilled afterwards. A command that is new on a page has to be added here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { asTheReader, type Called, called, prepareReader, removeReader } from './guide-control-machine.ts';
import { commandsOf } from './guide-page.ts';
import { deployAll, fromControlMachine, onServer, startServers } from './servers.ts';

/** The sections that are typed on the control machine, of each page. */
const sections: Readonly<Record<string, readonly string[]>> = {
  'deploy-servers': ['From a bare server to sites'],
  'work-on-many-servers': ['Every day'],
  'upgrade-and-roll-back': ['From a control machine'],
  'move-a-site': ['Move a site to another server'],
  'back-up-and-restore': ['From a control machine', 'Restore'],
};
const told = Object.entries(sections).flatMap(([page, some]) =>
  commandsOf(readFileSync(join(import.meta.dirname, `../../../docs/how-to/${page}.md`), 'utf8'), some),
);
const names = Object.keys(called) as Called[];
const deploy = 'scripts/deploy';
/** What the servers have before the page is followed, and what it goes back to. */
let earlier = '';
const exampleBackup = 'h1.example.com-20261124-031500.tar.gz';
let backup = '';

before(async () => {
  await startServers();
  await deployAll();
  earlier = await versionOf('h1.example.com');
  await removeReader();
  await prepareReader();
  // The second server has a site too, or 'all' could not be told from the first one.
  await on('h2.example.com', '/opt/freehold/scripts/add-site.sh other.example');
});
after(async () => {
  await removeReader();
  await deployAll();
});

const on = (name: Called, text: string, ...args: string[]) => onServer(called[name], text, ...args);
const versionOf = (name: Called) => on(name, 'sed -n s/^FREEHOLD_VERSION=//p /etc/freehold/host.env');
const ask = (name: Called, domain: string, show: string) =>
  on(name, `curl -sk --resolve "$1:443:127.0.0.1" ${show} "https://$1/"`, domain);
const statusOf = (name: Called, domain: string) => ask(name, domain, '-o /dev/null -w "%{http_code}"');
async function untilStatus(name: Called, domain: string, status: string): Promise<void> {
  const what = `${name} to answer ${status} for ${domain}`;
  await waitFor(what, async () => (await statusOf(name, domain)) === status);
}

async function showsTheNewCertificate(): Promise<void> {
  const shown = `openssl s_client -connect h1.example.com:443 -servername example.com </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`;
  const [there, here] = [shown, 'openssl x509 -noout -fingerprint -in /root/freehold/example.com.pem'];
  assert.equal(await fromControlMachine(there), await fromControlMachine(here));
}

/** What has to be true after a command that ended with 0 and said this. */
type Judge = (said: string) => Promise<void> | void;

const judges: Readonly<Record<string, Judge>> = {
  [`${deploy}/deploy.sh root@h1.example.com`]: async (said) => {
    assert.match(said, /^root@h1\.example\.com: .*Version \S+ (?:is|was) in use/m);
    assert.doesNotMatch(said, /Building/);
    assert.equal(await versionOf('h1.example.com'), earlier);
    assert.equal(await statusOf('h1.example.com', 'nobodys.example'), '404');
  },
  [`${deploy}/add-site.sh root@h1.example.com example.com --from ./my-pages`]: async () =>
    assert.match(await ask('h1.example.com', 'example.com', ''), /<p>mine<\/p>/),
  [`${deploy}/add-site.sh root@h1.example.com blog.example --app wordpress`]: async () =>
    assert.match(await ask('h1.example.com', 'blog.example', '--location'), /WordPress/),
  [`${deploy}/list-sites.sh root@h1.example.com`]: (said) => {
    assert.match(said, /^root@h1\.example\.com +example\.com +static +active /m);
    assert.match(said, /^root@h1\.example\.com +blog\.example +wordpress +active /m);
  },
  [`${deploy}/list-sites.sh all`]: (said) => {
    assert.match(said, /^h1\.example\.com +example\.com +static +active /m);
    assert.match(said, /^h2\.example\.com +other\.example +static +active /m);
  },
  [`${deploy}/add-site.sh h1.example.com example.org`]: async () =>
    assert.equal(await statusOf('h1.example.com', 'example.org'), '200'),
  [`${deploy}/import-site.sh h1.example.com example.net net.tar.gz`]: async () => {
    await on('h1.example.com', '/opt/freehold/scripts/add-site.sh example.net');
    assert.match(await ask('h1.example.com', 'example.net', ''), /<p>net<\/p>/);
  },
  [`${deploy}/remove-site.sh h1.example.com example.org`]: async () => {
    await untilStatus('h1.example.com', 'example.org', '404');
    await on('h1.example.com', 'test -d /data/domains/example.org');
  },
  [`${deploy}/check-cert.sh all`]: (said) => {
    assert.match(said, /^h1\.example\.com: example\.com: (valid for|has no certificate)/m);
    assert.match(said, /^h2\.example\.com: other\.example: (valid for|has no certificate)/m);
  },
  [`${deploy}/approve-certs.sh h1.example.com example.com.pem`]: showsTheNewCertificate,
  [`${deploy}/run.sh all -- systemctl --failed`]: (said) => {
    for (const name of names) assert.match(said, new RegExp(`^${name}: \\d+ loaded units listed`, 'm'));
  },
  [`${deploy}/run.sh h1.example.com -- /opt/freehold/scripts/mail.sh add info@example.com me@elsewhere.example`]:
    async () =>
      assert.match(
        await on('h1.example.com', 'etcdctl get --prefix /mail/example.com/'),
        /info\n\["me@elsewhere\.example"\]/,
      ),
  'git pull': async () => assert.equal(await fromControlMachine('git log -1 --format=%s'), 'A newer one\n'),
  [`${deploy}/deploy.sh all`]: async () => {
    const commit = (await fromControlMachine('git rev-parse --short=10 HEAD')).trim();
    for (const name of names) assert.match(await versionOf(name), new RegExp(`^${commit}-`));
    assert.match(await ask('h1.example.com', 'example.com', ''), /<p>mine<\/p>/);
  },
  [`${deploy}/deploy.sh all --versions`]: async (said) => {
    for (const name of names) {
      assert.ok(said.includes(`${name}: ${await versionOf(name)} (in use)\n`), said);
      assert.ok(said.includes(`${name}: ${earlier}\n`), said);
    }
  },
  [`${deploy}/deploy.sh h1.example.com --to 762bdac0a1-3f9a12`]: async () =>
    assert.equal(await versionOf('h1.example.com'), earlier),
  [`${deploy}/move-site.sh blog.example h1.example.com h2.example.com`]: async () => {
    assert.match(await ask('h2.example.com', 'blog.example', '--location'), /WordPress/);
    await untilStatus('h1.example.com', 'blog.example', '503');
  },
  [`${deploy}/move-site.sh blog.example h1.example.com h2.example.com --forget`]: () =>
    untilStatus('h1.example.com', 'blog.example', '404'),
  'mkdir -p backups': () => undefined,
  [`${deploy}/back-up.sh h1.example.com --to backups`]: async () => {
    backup = (await fromControlMachine('cd ../../backups; ls')).trim();
    assert.match(backup, /^h1\.example\.com-\d{8}-\d{6}\.tar\.gz$/);
  },
  [`${deploy}/back-up.sh all --to backups`]: async () =>
    assert.match(
      await fromControlMachine('cd ../../backups; ls'),
      /^h2\.example\.com-\d{8}-\d{6}\.tar\.gz$/m,
    ),
  [`${deploy}/restore.sh backups/${exampleBackup} --list`]: (said) =>
    assert.match(said, /^static example\.com$[\s\S]*^static example\.net$/m),
  [`${deploy}/restore.sh h1.example.com backups/${exampleBackup}`]: (said) =>
    assert.match(said, /example\.com exists on this host already and was not changed/),
  [`${deploy}/remove-site.sh h1.example.com example.net`]: () =>
    untilStatus('h1.example.com', 'example.net', '404'),
  [`${deploy}/restore.sh h2.example.com backups/${exampleBackup} example.net`]: async () =>
    assert.match(await ask('h2.example.com', 'example.net', ''), /<p>net<\/p>/),
};

/** What the page can only give an example of, and what stands there for us. */
const examples: Readonly<Record<string, () => string>> = {
  // A version is named by its commit and images, which are others each time.
  '762bdac0a1-3f9a12': () => earlier,
  // By its time.
  [exampleBackup]: () => backup,
};

test('every command that is judged here is on the page', () => {
  const commands = told.map(({ command }) => command);
  assert.deepEqual(
    Object.keys(judges).filter((command) => !commands.includes(command)),
    [],
  );
});

for (const { section, line, command } of told)
  test(`"${section}" says what is so: ${command}`, async () => {
    const judge = judges[command];
    assert.ok(judge, `It is not known what '${command}' has to do: add it to the table of judges.`);
    let text = line;
    for (const [example, real] of Object.entries(examples)) text = text.replaceAll(example, real());
    const { code, stdout, stderr } = await asTheReader(text);
    assert.equal(code, 0, `${text}: ${stderr.slice(-6000)}${stdout.slice(-6000)}`);
    await judge(stdout + stderr);
  });
