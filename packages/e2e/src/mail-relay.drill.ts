// Nothing is relayed for others and nothing is smuggled, wherever it is attempted: from outside, from the
// host itself, and from within a site.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { falseEnds, relayAttempts, smuggle, victim } from '@freehold/testing/relay-attempts';
import type { Attempt } from '@freehold/testing/send-mails';
import { sendMail } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, repository } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, startMailTarget, targetAddress, untilQueueEmpty } from './mail-target.ts';
import { removeSites, startSites } from './sites.ts';
import { addressOfHost, swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config'];
const site = 'relay-site.test';
/** Together they try more than the limit of one site allows. */
const crowd = ['relay-1.test', 'relay-2.test', 'relay-3.test', 'relay-4.test'];
const domain = 'relay.test';
const gateway = '172.30.0.1';
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
let target: MailTarget;

before(async () => {
  target = await startMailTarget();
  await startSites([site, ...crowd]);
  await mail('add', `info@${domain}`, 'me@elsewhere.test');
  await mail('add', `hidden@${domain}`, 'hidden@elsewhere.test');
  await waitFor('the forwards', async () => (await swaks({ to: `hidden@${domain}` })).taken, {
    everyMs: 200,
  });
  await target.received('hidden@elsewhere.test', 'hello');
});
after(async () => {
  for (const one of ['info', 'hidden']) await mail('remove', `${one}@${domain}`);
  await removeSites([site, ...crowd]);
  await target?.remove();
});

/** Sends each from a network namespace of the host: `host`, or that of a container. */
async function sendWithin(
  network: string,
  port: { address: string; port: number },
  all: readonly Attempt[],
): Promise<string[]> {
  const image = ['--entrypoint', 'node', 'freehold/postfix-config', '/testing/send-mails.ts'];
  const args = ['--network', network, '--volume', `${repository}/packages/testing/src:/testing:ro`, ...image];
  const command = ['docker', 'run', '--rm', '--interactive', ...args, port.address, String(port.port)];
  return JSON.parse(await exec(command, JSON.stringify(all)));
}

async function sendHere(host: string, all: readonly Attempt[]): Promise<string[]> {
  const answers: string[] = [];
  for (const one of all) answers.push(await sendMail({ host }, one));
  return answers;
}

async function attemptsFor(address: string): Promise<Attempt[]> {
  const all = relayAttempts({ host: hostName, domain, address, neighbour: targetAddress });
  assert.ok(all.length >= 30);
  return all.map(([from, to]) => ({ from, to: [to], data: 'Subject: spam\r\n\r\nspam\r\n' }));
}

/** A message that is sent after all others arrives, and is the only new one. */
async function assertOnly(count: number, words: string): Promise<void> {
  const { taken, said } = await swaks({ to: `info@${domain}`, data: `Subject: ${words}\r\n\r\nx\r\n` });
  assert.ok(taken, said);
  await target.received('me@elsewhere.test', words);
  await untilQueueEmpty();
  const mails = await target.mails();
  assert.deepEqual(
    mails.slice(count).map(({ to }) => to),
    [['me@elsewhere.test']],
  );
}

/** Each sends its share of them. */
async function sendWithinEach(
  networks: readonly string[],
  port: { address: string; port: number },
  all: readonly Attempt[],
): Promise<string[]> {
  const size = Math.ceil(all.length / networks.length);
  const answers: string[] = [];
  for (const [index, network] of networks.entries())
    answers.push(...(await sendWithin(network, port, all.slice(index * size, (index + 1) * size))));
  return answers;
}

/** A site cannot reach port 25 (mail-barrier.test.ts). */
const places: [where: string, networks: string[], port: number, address: () => Promise<string>][] = [
  ['from outside', [], 25, addressOfHost],
  ['from the host itself', ['host'], 25, async () => '127.0.0.1'],
  ['from within sites', crowd.map((one) => `container:static_${one}`), 587, async () => gateway],
];

for (const [where, networks, port, addressOf] of places) {
  hostTest(`nothing is relayed ${where}`, units, async (context) => {
    const before = (await target.mails()).length;
    const address = await addressOf();
    // A site may send notices, with the empty sender.
    const may = (one: Attempt) => port === 587 && one.from === '';
    const all = (await attemptsFor(address)).filter((one) => !may(one));
    const answers =
      networks.length > 0
        ? await sendWithinEach(networks, { address, port }, all)
        : await sendHere(address, all);
    assert.equal(answers.length, all.length);
    for (const [index, answer] of answers.entries())
      assert.match(answer, /^5\d\d /, `${JSON.stringify(all[index])} got ${answer}`);
    context.diagnostic(`${all.length} attempts`);
    await assertOnly(before, `proof ${where}`);
  });
}

hostTest("a site's mail on the port for sites is sent under no other domain", units, async () => {
  const data = 'Subject: spam\r\n\r\nspam\r\n';
  const others = ['info@relay.test', `root@${hostName}`, `"x@${site}"@relay.test`];
  const attempts = others.map((from) => ({ from, to: [victim], data }));
  const port = { address: gateway, port: 587 };
  const answers = await sendWithin(`container:static_${site}`, port, attempts);
  for (const [index, answer] of answers.entries()) assert.match(answer, /^5\d\d /, `<${others[index]}>`);
  const own = { from: `x@${site}`, to: ['friend@elsewhere.test'], data: 'Subject: own\r\n\r\nx\r\n' };
  assert.match((await sendWithin(`container:static_${site}`, port, [own]))[0] ?? '', /^250 /);
  assert.equal((await target.received('friend@elsewhere.test', 'own')).from, `x@${site}`);
  const [fromHost] = await sendWithin('host', port, [own]);
  assert.match(fromHost ?? '', /^550 5\.7\.1 .*no site/, 'the host itself is not a site');
  await assert.rejects(
    sendMail({ host: await addressOfHost(), port: 587 }, own),
    'nobody outside can reach that port',
  );
});

hostTest('no message is smuggled behind a false end of another', units, async () => {
  const before = (await target.mails()).length;
  const host = await addressOfHost();
  let taken = 0;
  for (const [name, end] of Object.entries(falseEnds)) {
    const data = Buffer.from(smuggle(end, `hidden@${domain}`), 'latin1');
    const to = [`info@${domain}`];
    const answer = await sendMail({ host }, { from: 'alice@sender.test', to, data });
    assert.match(answer, /^[25]\d\d /, name);
    if (answer.startsWith('2')) taken++;
  }
  assert.ok(taken > 0);
  await waitFor('the accepted messages', async () => (await target.mails()).length === before + taken);
  await untilQueueEmpty();
  for (const { to, data } of (await target.mails()).slice(before)) {
    assert.deepEqual(to, ['me@elsewhere.test']);
    assert.equal(
      data
        .toString('latin1')
        .replaceAll('\r\n', '')
        .search(/[\r\n]/),
      -1,
      'no bare <CR> or <LF>',
    );
  }
});
