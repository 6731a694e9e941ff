// The daily work from a control machine: sites and certificates of several servers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { run } from './run.ts';
import {
  controlMachine,
  ensureDeployed,
  fromControlMachine,
  onControlMachine,
  onServer,
  servers,
  startServers,
} from './servers.ts';

const [first, second, third] = servers;
const all = servers.join(' ');
const sites = ['one-deploy.test', 'two-deploy.test', 'three-deploy.test'] as const;

before(async () => {
  await startServers();
  await ensureDeployed();
});
after(async () => {
  for (const [index, site] of sites.entries())
    await fromControlMachine(`./remove-site.sh ${servers[index]} ${site} --delete-data`);
});

async function putFile(path: string, content: string): Promise<void> {
  const { code } = await run(
    'docker',
    ['exec', '-i', controlMachine, 'sh', '-c', 'mkdir -p "$(dirname "$1")"; cat >"$1"', 'sh', path],
    content,
  );
  assert.equal(code, 0);
}

test('sites are added on each server, from a folder, an archive and nothing, and listed in one table', async () => {
  await putFile("/tmp/pages with 'quotes'/index.html", '<p>one</p>');
  await putFile('/tmp/tree/static/www-content/index.html', '<p>two</p>');
  await fromControlMachine(`./add-site.sh ${first} ${sites[0]} --from "/tmp/pages with 'quotes'"`);
  await fromControlMachine(
    `tar -C /tmp/tree -czf /tmp/two.tar.gz .; ./import-site.sh ${second} ${sites[1]} /tmp/two.tar.gz`,
  );
  await fromControlMachine(`./add-site.sh ${second} ${sites[1]}`);
  await fromControlMachine(`./add-site.sh ${third} ${sites[2]}`);
  assert.equal(await onServer(first, `curl -s -H "Host: ${sites[0]}" http://127.0.0.1/`), '<p>one</p>');
  assert.equal(await onServer(second, `curl -s -H "Host: ${sites[1]}" http://127.0.0.1/`), '<p>two</p>');
  const { stdout } = await onControlMachine(`./list-sites.sh ${all}`);
  assert.match(stdout, /^SERVER +DOMAIN +APP +UNIT +BACKEND +CHECK +CERTIFICATE$/m);
  for (const [index, site] of sites.entries())
    assert.match(stdout, new RegExp(`^${servers[index]} +${site} +static +active `, 'm'));
});

test('the servers of a file are all, and one that is away does not stop the rest', async () => {
  // An editor may leave the last line without its end.
  await putFile('/tmp/servers', `${first} # the first\n\nnowhere.freehold.test\nroot@${second}`);
  const { code, stdout, stderr } = await onControlMachine(
    "FREEHOLD_SERVERS=/tmp/servers ./run.sh all -- bash -c 'echo \"$1\"; hostname' x 'a  b'",
  );
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`^${first}: a {2}b$`, 'm'));
  assert.match(stdout, new RegExp(`^root@${second}: a {2}b$`, 'm'));
  assert.match(stdout, /^nowhere\.freehold\.test: .*Cannot reach/m);
  assert.match(stdout + stderr, /Failed: nowhere\.freehold\.test/);
});

test("what a server says does not reach the operator's terminal as commands to it", async () => {
  const said = await fromControlMachine(
    `./run.sh ${first} -- printf 'a\\tb\\033]0;title\\007\\033[2Jc\\nüd\\302\\233\\n'`,
  );
  assert.match(said, new RegExp(`^${first}: a {4}b\\]0;title\\[2Jc\n${first}: üd$`, 'm'));
});

test('a user who is not root works by sudo', async () => {
  await onServer(
    third,
    `command -v sudo >/dev/null || apt-get install --yes --no-install-recommends sudo >/dev/null 2>&1
     id admin >/dev/null 2>&1 || useradd --create-home --shell /bin/sh admin; echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin
     install -d -o admin -m 700 /home/admin/.ssh; install -o admin /root/.ssh/authorized_keys /home/admin/.ssh/authorized_keys`,
  );
  const { stdout } = await onControlMachine(
    `./run.sh admin@${third} -- id --user; ./list-sites.sh admin@${third}`,
  );
  assert.match(stdout, new RegExp(`^admin@${third}: 0$`, 'm'));
  assert.match(stdout, new RegExp(`^admin@${third} +${sites[2]} `, 'm'));
});

test('a good certificate is shown to visitors, and one for another name is refused', async () => {
  const { certificate, key } = await makeCertificate([sites[0], `www.${sites[0]}`]);
  await putFile(`/tmp/${sites[0]}.pem`, certificate + key);
  await putFile(`/tmp/${sites[1]}.pem`, certificate + key);
  assert.match(
    await fromControlMachine(`./approve-certs.sh ${first} /tmp/${sites[0]}.pem`),
    /get the new certificate/,
  );
  const refused = await onControlMachine(`./approve-certs.sh ${second} /tmp/${sites[1]}.pem`);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stdout + refused.stderr,
    new RegExp(`is not for ${sites[1]} but for .*Nothing was changed`),
  );
  await fromControlMachine(
    `cd /tmp; openssl req -x509 -newkey rsa:2048 -nodes -keyout late.key -out late.crt -subj /CN=${sites[0]} \
       -addext subjectAltName=DNS:${sites[0]},DNS:www.${sites[0]} -not_before 20400101000000Z -not_after 20410101000000Z 2>/dev/null
     mkdir -p late; cat late.crt late.key >late/${sites[0]}.pem`,
  );
  const early = await onControlMachine(`./approve-certs.sh ${first} /tmp/late/${sites[0]}.pem`);
  assert.equal(early.code, 1);
  assert.match(early.stdout + early.stderr, /is not valid before .*Nothing was changed/);
  assert.match(
    await fromControlMachine(`./check-cert.sh ${all} --days 0`),
    new RegExp(`${sites[0]}: valid for`),
  );
  const soon = await onControlMachine(`./check-cert.sh ${first} --days 100000 --domain ${sites[0]}`);
  assert.equal(soon.code, 1);
  assert.match(soon.stdout, /WRONG: it expires in/);
});

test('invalid arguments are refused with a reason and exit code 2', async () => {
  for (const [command, sentence] of [
    ['./run.sh -- true', /Missing argument: SERVER/],
    ['./run.sh -oProxyCommand=x -- true', /Unknown option/],
    ["./run.sh 'a b' -- true", /is not a server/],
    ['./list-sites.sh all', /servers does not exist/],
    [`FREEHOLD_AT_ONCE=0 ./run.sh ${first} -- true`, /FREEHOLD_AT_ONCE is 0/],
    [
      `./add-site.sh ${first} new.test --from /tmp/tree --git https://git.invalid/site.git`,
      /--from and --git exclude each other/,
    ],
    [`./add-site.sh ${first} Not_A_Site`, /is not a domain name/],
    [`./import-site.sh ${first} ${sites[0]} /nowhere`, /no such folder or archive/],
    [`./deploy.sh ${all} --name x.test`, /--name applies to one server/],
  ] as const) {
    const { code, stderr } = await onControlMachine(command);
    assert.equal(code, 2, `${command}: ${stderr}`);
    assert.match(stderr, sentence);
  }
});

test('every script explains itself', async () => {
  // What cannot be run is a part of another; receive-files.sh is sent as the text of a command.
  const programs = 'find . ../host -maxdepth 1 -name "*.sh" -perm /111 ! -name receive-files.sh';
  const names = (await fromControlMachine(programs)).trim().split('\n');
  assert.ok(names.length > 15, names.join());
  for (const name of names)
    assert.match(await fromControlMachine(`./${name} --help`), new RegExp(name.split('/').at(-1) ?? ''));
});
