// A site and its data, uploaded from a control machine by one command, in spite of failures.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import {
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  servers,
  startOnControlMachine,
  startServers,
} from './servers.ts';

const [server] = servers;
const site = 'brought.test';
const add = `./add-site.sh ${server} ${site} --from /tmp/brought`;
const page = () => onServer(server, `curl -s -H 'Host: ${site}' http://127.0.0.1/`);
/** Uploads that wait to be imported, or have been set aside for it. */
const waiting = () => onServer(server, `find /data/import -mindepth 1 -maxdepth 1 -name '*${site}*'`);

before(async () => {
  await startServers();
  await deployAll();
  await fromControlMachine('mkdir -p /tmp/brought; echo brought >/tmp/brought/index.html');
});
after(async () => {
  await fromControlMachine(`./remove-site.sh ${server} ${site} --delete-data; rm -rf /tmp/brought`);
});

test('impossible requests are refused before the data is sent', async () => {
  for (const [options, sentence] of [
    ['--app nothing', /This host has no app 'nothing'/],
    ['--app static-git --git https://git.invalid/x.git', /--from and --git exclude each other/],
  ] as const) {
    const { code, stderr } = await onControlMachine(`${add} ${options}`);
    assert.equal(code, 2, stderr);
    assert.match(stderr, sentence);
  }
  assert.equal(await waiting(), '');
});

test('interrupted while the data is sent, the same command completes the upload', async () => {
  // Longer than the time after which the connection is cut.
  await fromControlMachine('head -c 400M /dev/zero >/tmp/brought/much');
  const adding = await startOnControlMachine(add);
  await waitFor('a part of it', async () => (await waiting()) !== '', { everyMs: 20 });
  await adding.cutOff();
  await fromControlMachine(`rm /tmp/brought/much; ${add}`);
  assert.equal(await page(), 'brought');
  await waitFor('nothing to be left', async () => (await waiting()) === '');
});

test('data for a site that has some is refused, and not left there', async () => {
  await fromControlMachine('echo other >/tmp/brought/index.html');
  const { code, stdout, stderr } = await onControlMachine(add);
  assert.equal(code, 1);
  assert.match(stderr, /has data in \S+, and an import changes nothing there/);
  assert.doesNotMatch(stdout, /Served/);
  assert.deepEqual([await page(), await waiting()], ['brought', '']);
});

test('data that import refuses is removed from the server, so that corrected data can be uploaded', async () => {
  await fromControlMachine(
    `./remove-site.sh ${server} ${site} --delete-data
     mkdir -p /tmp/brought/static/www-content; mv /tmp/brought/index.html /tmp/brought/static/www-content
     mkfifo /tmp/brought/static/www-content/pipe`,
  );
  const refused = await onControlMachine(add);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout + refused.stderr, /The upload in \S+ was deleted/);
  assert.equal(await waiting(), '');
  await fromControlMachine(`rm /tmp/brought/static/www-content/pipe; ${add}`);
  assert.equal(await page(), 'other');
});
