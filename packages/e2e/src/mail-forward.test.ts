// Mail from a real client outside, through the host, to a real server.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { sendMail } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { addressOfHost, swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config'];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
const container = () => shell('docker inspect --format "{{.Id}} {{.State.StartedAt}}" postfix');

const forwards: [address: string, ...targets: string[]][] = [
  ['info@forward.test', 'me@elsewhere.test'],
  ['team@forward.test', 'one@elsewhere.test', 'two@elsewhere.test', 'three@second.test'],
  ['*@forward.test', 'rest@elsewhere.test'],
  ['info@bücher.test', 'books@elsewhere.test'],
];
let target: MailTarget;
let started: string;

before(async () => {
  target = await startMailTarget();
  started = await container();
});
after(async () => {
  for (const [address] of forwards) await mail('remove', address).catch(() => undefined);
  await target?.remove();
});

/** Sends until it is accepted, since a new forward is not effective immediately. */
async function untilTaken(to: string, data: string): Promise<void> {
  await waitFor(`mail to ${to} to be accepted`, async () => (await swaks({ to, data })).taken);
}

/**
 * Everything that a server on the way might change: bytes over 127, long lines, dots, spaces, tabs, empty
 * lines at the end.
 */
const body = [
  ...['plain', '.', '..', '.dot', 'From the beginning of a line', 'trailing  \t', '\t tab first', '=20=3D'],
  ...[
    `long ${'x'.repeat(5000)}`,
    'latin1 \xe4\xf6\xfc, and UTF-8 \xc3\xa4\xf0\x9f\x99\x82',
    '\x01\x7f',
    '',
    '',
  ],
  '',
].join('\r\n');

hostTest(
  'a new forward delivers within seconds, each byte of the body as it was sent',
  units,
  async (context) => {
    const [[address, to] = ['', '']] = forwards;
    const from = performance.now();
    await mail('add', address, to);
    const data = `Subject: bytes\r\nFrom: alice@sender.test\r\n\r\n${body}`;
    await untilTaken(address, data);
    const { data: arrived } = await target.received(to, 'Subject: bytes');
    context.diagnostic(`It arrived ${Math.round(performance.now() - from)} ms after mail.sh was started`);
    const text = arrived.toString('latin1');
    assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), body);
    assert.equal(await container(), started, 'Postfix was not restarted');
  },
);

hostTest('each of several targets gets one', units, async () => {
  const [, [address, ...targets] = ['']] = forwards;
  await mail('add', address, ...targets);
  const data = 'Subject: for all\r\n\r\nx\r\n';
  await untilTaken(address, data);
  for (const one of targets) await target.received(one, 'for all');
  const got = (await target.mails()).filter((one) => one.data.includes('for all')).flatMap(({ to }) => to);
  assert.deepEqual(got.toSorted(), targets.toSorted());
});

hostTest(
  'plus-addressing, mixed case, the rest of a domain, and a domain beyond ASCII find their targets',
  units,
  async () => {
    for (const [address, ...targets] of forwards.slice(2)) await mail('add', address, ...targets);
    const ways: [string, string][] = [
      ['info+shop@forward.test', 'me@elsewhere.test'],
      ['InFo@Forward.TEST', 'me@elsewhere.test'],
      ['INFO+News@FORWARD.test', 'me@elsewhere.test'],
      ['whoever@forward.test', 'rest@elsewhere.test'],
      ['who+ever@forward.test', 'rest@elsewhere.test'],
      ['info@xn--bcher-kva.test', 'books@elsewhere.test'],
      ['Info@XN--BCHER-KVA.test', 'books@elsewhere.test'],
    ];
    for (const [index, [address, to]] of ways.entries()) {
      const data = `Subject: way ${index}.\r\n\r\nx\r\n`;
      await untilTaken(address, data);
      assert.deepEqual((await target.received(to, `way ${index}.`)).to, [to], address);
    }
    assert.equal(await container(), started, 'Postfix was not restarted');
  },
);

hostTest('a domain beyond ASCII is accepted in its own letters, too', units, async () => {
  // swaks has no SMTPUTF8.
  const data = 'Subject: as written\r\n\r\nx\r\n';
  const answer = await sendMail(
    { host: await addressOfHost() },
    { from: 'alice@sender.test', to: ['info@bücher.test'], data, parameters: 'SMTPUTF8' },
  );
  assert.match(answer, /^250 /);
  await target.received('books@elsewhere.test', 'as written');
});

hostTest('unknown recipients are refused while the sender is still connected', units, async () => {
  await mail('remove', '*@forward.test');
  const address = 'whoever@forward.test';
  const { said } = await waitFor('it to be refused', async () => {
    const outcome = await swaks({ to: address });
    return !outcome.taken && outcome;
  });
  assert.match(said, /550 5\.1\.1 <whoever@forward\.test>/);
});
