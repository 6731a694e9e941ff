// From the write to etcd to the arrival of the message, with a real Postfix.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { sendMail } from '@freehold/testing/smtp-client';
import { startSmtpReceiver } from '@freehold/testing/smtp-receiver';
import { waitFor } from '@freehold/testing/wait-for';
import { type RunningMail, startMail } from './test-mail.ts';

const people = Array.from({ length: 40 }, (_, index) => `p${index}@else.test`);
const lists = Array.from({ length: 25 }, (_, index) => `l${index}@lists.test`);

const forwards = {
  'info@a.test': ['one@else.test', 'Two.Case@else.test'],
  'body@a.test': ['body@else.test'],
  '*@a.test': ['rest@else.test'],
  'info+lists@a.test': ['lists@else.test'],
  'Boss@müller.test': ['boss@else.test'],
  'chain@b.test': ['info@a.test', 'three@else.test'],
  "o'brien@b.test": ['brien@else.test'],
  'info@bücher.test': ['one@else.test'],
  ...Object.fromEntries(lists.map((list) => [list, people])),
  'all@lists.test': lists,
};

describe('forwards', withPostfix, () => {
  let mail: RunningMail;
  before(async () => {
    mail = await startMail({ forwards });
  });
  beforeEach(() => mail.reset());
  after(() => mail[Symbol.asyncDispose]());

  test('a new forward is in effect without a restart, and its mail arrives', withPostfix, async () => {
    assert.match(await mail.send('info@new.test'), /^554 .*Relay access denied/);
    const started = await mail.postfix.exec('cat', '/var/spool/postfix/pid/master.pid');
    await mail.put('info@new.test', 'one@else.test');
    await mail.untilAnswered('info@new.test', 250);
    assert.match(await mail.send('info@new.test'), /^250 /);
    const received = await mail.received('one@else.test');
    assert.match(received.data.toString(), /\r\n\r\nhello\r\n$/);
    assert.equal(await mail.postfix.exec('cat', '/var/spool/postfix/pid/master.pid'), started);
    await mail.etcd.delete('/mail/new.test/info');
    await mail.untilAnswered('info@new.test', 554);
  });

  test('addresses are found in every spelling, and lead to each of their targets', withPostfix, async () => {
    const cases: [string, string[]][] = [
      ['info@a.test', ['one@else.test', 'Two.Case@else.test']],
      ['INFO@A.Test', ['one@else.test', 'Two.Case@else.test']],
      ['info+shop@a.test', ['one@else.test', 'Two.Case@else.test']],
      ['Info+Lists@a.test', ['lists@else.test']],
      ['anybody@a.test', ['rest@else.test']],
      ['boss@xn--mller-kva.test', ['boss@else.test']],
      ['chain@b.test', ['one@else.test', 'Two.Case@else.test', 'three@else.test']],
      ["o'brien@b.test", ['brien@else.test']],
      ['"info"@a.test', ['one@else.test', 'Two.Case@else.test']],
    ];
    for (const [to, targets] of cases) {
      mail.receiver.mails.length = 0;
      assert.match(await mail.send(to), /^250 /, to);
      for (const target of targets) await mail.received(target);
      assert.deepEqual(mail.receiver.mails.flatMap((one) => one.to).sort(), [...targets].sort(), to);
    }
    for (const to of ['BOSS@müller.test', 'boss@MÜLLER.test']) {
      mail.receiver.mails.length = 0;
      const utf8 = { from: 'a@sender.test', to: [to], data: 'Subject: x\r\n\r\n', parameters: 'SMTPUTF8' };
      assert.match(await sendMail({ host: mail.postfix.address }, utf8), /^250 /, to);
      await mail.received('boss@else.test');
    }
    for (const to of ['nobody@b.test', 'nobody@xn--mller-kva.test', 'nobody@h1.test', 'postmaster']) {
      assert.match(await mail.send(to), /^550 5\.1\.1 /, to);
    }
  });

  test(
    'mail for a domain with letters such as ü is forwarded to a server that does not support them',
    withPostfix,
    async (context) => {
      mail.receiver.extensions.delete('SMTPUTF8');
      context.after(() => mail.receiver.extensions.add('SMTPUTF8'));
      for (const to of ['info@bücher.test', 'INFO@BÜCHER.Test']) {
        mail.receiver.mails.length = 0;
        const utf8 = { from: 'a@sender.test', to: [to], data: 'Subject: x\r\n\r\n', parameters: 'SMTPUTF8' };
        assert.match(await sendMail({ host: mail.postfix.address }, utf8), /^250 /, to);
        const { data } = await mail.received('one@else.test');
        assert.match(data.toString(), /for <info@xn--bcher-kva\.test>/i);
      }
    },
  );

  test(
    'Postfix follows the maximum number of paths to the same addresses that is allowed',
    withPostfix,
    async () => {
      await mail.untilAnswered('all@lists.test', 250);
      assert.match(await mail.send('all@lists.test'), /^250 /);
      for (const person of people) await mail.received(person);
    },
  );

  test('the original header and each byte of the body arrive as they were sent', withPostfix, async () => {
    const binary = randomBytes(30_000).toString('latin1').replaceAll('\r', ' ').replaceAll('\n', ' ');
    const lines = [
      '.',
      '..',
      '.x',
      '',
      'From here',
      'trailing blanks  \t',
      'ü€'.repeat(20),
      'x'.repeat(990),
      'long'.repeat(5000),
      '',
      '',
    ];
    const body = Buffer.concat([
      Buffer.from(lines.join('\r\n')),
      Buffer.from(binary, 'latin1'),
      Buffer.from('\r\n\r\n'),
    ]);
    const header = 'DKIM-Signature: v=1;\r\n\ta=b\r\nsubject:  Two  blanks\r\nFrom: <alice@sender.test>\r\n';
    const stuffed = body.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
    const data = Buffer.concat([Buffer.from(`${header}\r\n`), Buffer.from(stuffed, 'latin1')]);
    assert.match(await mail.send('body@a.test', data), /^250 /);
    const received = (await mail.received('body@else.test')).data;
    const at = received.indexOf('DKIM-Signature');
    assert.equal(received.subarray(at).toString('latin1'), `${header}\r\n${body.toString('latin1')}`);
    assert.match(
      received.subarray(0, at).toString(),
      /^Received: from client\.test .*by h1\.test \(Postfix\)/s,
    );
  });
});

const isRoot = process.getuid?.() === 0;

test('mail goes to the server that DNS returns for the domain, at port 25', {
  skip: withPostfix.skip || (!isRoot && 'a name server requires root'),
}, async () => {
  await using mail = await startMail({
    forwards: { 'info@a.test': ['one@mx-only.test', 'two@no-such-domain.test'] },
    settings: ['default_transport = smtp'],
  });
  await using server = await startSmtpReceiver({ host: mail.postfix.gateway, port: 25 });
  assert.match(await mail.send('info@a.test', 'Subject: x\r\n\r\n', 'alice@mx-only.test'), /^250 /);
  const to = (address: string) =>
    waitFor(`mail for ${address}`, () => server.mails.find((one) => one.to.includes(address)));
  await to('one@mx-only.test');
  const bounce = await to('alice@mx-only.test');
  assert.match(bounce.data.toString(), /two@no-such-domain\.test/);
});
