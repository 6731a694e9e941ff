// Senders are rewritten so that forwarded mail passes SPF, and bounces find their way back.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { openSmtp } from '@freehold/testing/smtp-client';
import { waitFor } from '@freehold/testing/wait-for';
import { srsForward } from './srs-reference.ts';
import { type RunningMail, startMail, type TestMail, thisHost } from './test-mail.ts';

// perl -MMail::SRS::Guarded, version 0.31: Secret 'tnx-for-the-vector', HashLength 6, Separator '=', forward to h1.test.
const vectors: [seconds: number, sender: string, rewritten: string][] = [
  [1700000000, 'alice@sender.test', 'SRS0=r4U5+/=G3=sender.test=alice@h1.test'],
  [1700000000, 'Bob.Case+tag@Mixed.Example', 'SRS0=n5/7AZ=G3=Mixed.Example=Bob.Case+tag@h1.test'],
  [
    1700000000,
    'SRS0=HHHHHH=TT=orig.test=user@first.test',
    'SRS1=eRTfTy=first.test==HHHHHH=TT=orig.test=user@h1.test',
  ],
  [
    1700000000,
    'SRS1=HHHHHH=first.test==HHHHHH=TT=orig.test=user@second.test',
    'SRS1=eRTfTy=first.test==HHHHHH=TT=orig.test=user@h1.test',
  ],
  [1700000000, 'a=b=c@x-y.test', 'SRS0=o7AjtK=G3=x-y.test=a=b=c@h1.test'],
  [
    1700000000,
    'SRS0+HHHH=TT=orig.test=user@first.test',
    'SRS1=v6twns=first.test=+HHHH=TT=orig.test=user@h1.test',
  ],
  [1700086400, 'alice@sender.test', 'SRS0=LILunM=G4=sender.test=alice@h1.test'],
  [1725920000, 'Bob.Case+tag@Mixed.Example', 'SRS0=TDGLm2=QH=Mixed.Example=Bob.Case+tag@h1.test'],
  [1725920000, 'a=b=c@x-y.test', 'SRS0=/VJiCf=QH=x-y.test=a=b=c@h1.test'],
];

test('the reference of these tests agrees with the vectors of the reference implementation', () => {
  for (const [seconds, sender, rewritten] of vectors) {
    const srs = { secret: 'tnx-for-the-vector', domain: 'h1.test' };
    assert.equal(srsForward(srs, sender, new Date(seconds * 1000)), rewritten);
  }
});

const forwards = { 'info@a.test': ['one@else.test'] };

async function srsOf(mail: TestMail) {
  return { secret: (await readFile(join(mail.folder, 'srs-secret'), 'utf8')).trim(), domain: thisHost };
}

/** On both sides of midnight, one of the two days is correct. */
const nearby = () => [new Date(), new Date(Date.now() - 60_000)];

describe('with Postfix', withPostfix, () => {
  let mail: RunningMail;
  before(async () => {
    mail = await startMail({ forwards });
  });
  beforeEach(() => mail.reset());
  after(() => mail[Symbol.asyncDispose]());

  test(
    'the secret is created once, readable only for its owner, and senders are rewritten as in the reference',
    withPostfix,
    async () => {
      const srs = await srsOf(mail);
      assert.ok(srs.secret.length >= 40);
      assert.equal((await stat(join(mail.folder, 'srs-secret'))).mode & 0o777, 0o600);
      mail.config('--once');
      for (const [, sender] of vectors) {
        mail.receiver.mails.length = 0;
        assert.match(
          await mail.send('info@a.test', 'Subject: x\r\nFrom: <alice@sender.test>\r\n\r\n', sender),
          /^250 /,
          sender,
        );
        const { from, data } = await mail.received('one@else.test');
        const expected = nearby().map((date) => srsForward(srs, sender, date).toLowerCase());
        assert.ok(expected.includes(from.toLowerCase()), `${sender} became ${from}, not ${expected[0]}`);
        assert.match(data.toString(), /^From: <alice@sender\.test>\r$/m, 'the header is unchanged');
      }
      assert.equal((await srsOf(mail)).secret, srs.secret);
    },
  );

  test('the empty sender stays empty', withPostfix, async () => {
    assert.match(await mail.send('info@a.test', 'Subject: bounce\r\n\r\n', ''), /^250 /);
    assert.equal((await mail.received('one@else.test')).from, '');
  });

  test(
    'mail refused by the target is returned to the original sender, by this host or by the target',
    withPostfix,
    async () => {
      mail.receiver.answers.set('one@else.test', '550 5.1.1 no such user');
      assert.match(await mail.send('info@a.test'), /^250 /);
      const ours = await mail.received('alice@sender.test');
      assert.equal(ours.from, '');
      assert.match(ours.data.toString(), /550 5\.1\.1 no such user/);
      for (const sender of ['bob@sender.test', 'Carol+x@Sender.test']) {
        const rewritten = srsForward(await srsOf(mail), sender, new Date());
        assert.match(await mail.send(rewritten, 'Subject: late bounce\r\n\r\n', ''), /^250 /);
        const theirs = await waitFor('the bounce', () =>
          mail.receiver.mails.find(({ to }) => to[0]?.toLowerCase() === sender.toLowerCase()),
        );
        assert.match(theirs.data.toString(), /late bounce/);
      }
      const viaFirst = srsForward(await srsOf(mail), 'SRS0=HHHH=TT=orig.test=user@first.test', new Date());
      assert.match(await mail.send(viaFirst, 'Subject: x\r\n\r\n', ''), /^250 /);
      await mail.received('SRS0=HHHH=TT=orig.test=user@first.test');
    },
  );

  test('rewritten addresses that are forged, changed or expired are refused', withPostfix, async () => {
    const srs = await srsOf(mail);
    const good = srsForward(srs, 'alice@sender.test', new Date());
    const daysAgo = (days: number) =>
      srsForward(srs, 'alice@sender.test', new Date(Date.now() - days * 86_400_000));
    const bad = {
      'of another secret': srsForward({ ...srs, secret: 'guessed' }, 'alice@sender.test', new Date()),
      'with another name': good.replace('alice', 'victim'),
      'with another domain': good.replace('sender.test', 'other.test'),
      'with another day': good.replace(/^(SRS0=[^=]*=)../, '$1AA'),
      'with a short hash': good.replace(/^SRS0=..../, 'SRS0='),
      'without a hash': good.replace(/^SRS0=[^=]*/, 'SRS0='),
      '30 days old': daysAgo(30),
      '300 days old': daysAgo(300),
      'of another host': good.replace(thisHost, 'h9.test'),
      'SRS1 of another secret': srsForward(
        { ...srs, secret: 'guessed' },
        'SRS0=H=T=o.test=u@f.test',
        new Date(),
      ),
      'SRS1 with another host': srsForward(srs, 'SRS0=H=T=o.test=u@f.test', new Date()).replace(
        'f.test',
        'g.test',
      ),
    };
    for (const [what, address] of Object.entries(bad)) {
      assert.match(await mail.send(address, 'Subject: x\r\n\r\n', ''), /^55[04] 5\./, `${what}: ${address}`);
    }
    assert.match(await mail.send(daysAgo(5), 'Subject: x\r\n\r\n', ''), /^250 /);
    assert.match(
      await mail.send(good.toLowerCase(), 'Subject: x\r\n\r\n', ''),
      /^250 /,
      'case does not matter',
    );
  });

  test(
    'a rewritten address accepts only notices, since other mail could be relayed anywhere',
    withPostfix,
    async () => {
      const address = srsForward(await srsOf(mail), 'alice@sender.test', new Date());
      const spellings = [address, address.toLowerCase(), address.replace(/^(.*)@/, '"$1"@')];
      for (const to of spellings) {
        const answer = await mail.send(to, 'Subject: spam\r\n\r\n', 'spammer@sender.test');
        assert.match(answer, /^550 5\.7\.1 /, to);
      }
      assert.match(await mail.send(address, 'Subject: a notice\r\n\r\n', ''), /^250 /);
      await mail.received('alice@sender.test');
      assert.equal(mail.receiver.mails.length, 1);
      const explained = mail.config('test', address);
      await once(explained.process, 'close');
      assert.match(explained.output(), /is a sender that a forwarding server has rewritten \(SRS\)/);
      assert.match(explained.output(), /^Postfix answers such a notice: 250 /m);
    },
  );

  test('a sender that a rewritten address would not lead back to is refused', withPostfix, async () => {
    for (const from of ['"a b"@sender.test', 'x@[192.0.2.1]', '"a@b"@sender.test', '"a,b"@sender.test']) {
      assert.match(await mail.send('info@a.test', 'x', from), /^553 5\.1\.7 /, from);
    }
    for (const from of ["o'neil+x/y=z@sender.test", 'a.b@sender.test']) {
      assert.match(await mail.send('info@a.test', 'Subject: x\r\n\r\n', from), /^250 /, from);
      const { from: rewritten } = await mail.received('one@else.test');
      mail.receiver.mails.length = 0;
      assert.match(await mail.send(rewritten, 'Subject: back\r\n\r\n', ''), /^250 /);
      await mail.received(from);
      mail.receiver.mails.length = 0;
    }
  });
});

const localOf = (address: string) => address.slice(0, address.lastIndexOf('@'));
const kept = /^SRS0=kept=\d{5}=[0-9a-f]{32}@h1\.test$/;

/** Forwards a message from a sender; returns the sender that its target sees. */
async function rewrite(mail: TestMail, sender: string): Promise<string> {
  mail.receiver.mails.length = 0;
  assert.match(await mail.send('info@a.test', 'Subject: x\r\n\r\n', sender), /^250 /, sender);
  const { from } = await mail.received('one@else.test');
  mail.receiver.mails.length = 0;
  return from;
}

/** A bounce to a rewritten sender arrives at the sender. */
async function leadsBack(mail: TestMail, rewritten: string, sender: string): Promise<void> {
  assert.match(await mail.send(rewritten, 'Subject: back\r\n\r\n', ''), /^250 /, sender);
  await mail.received(sender);
}

test(
  'a rewritten sender has at most 64 characters before the @, and leads back, whatever its length and form',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards });
    // SRS0=hhhhhh=dd= and = are 16 characters; SRS1=hhhhhh=first.test= instead of SRS0 19 more.
    const ofLength = (length: number) => `${'v'.repeat(length - 16 - 'sender.test'.length)}@sender.test`;
    const again = (length: number) => `SRS0=HHHH=TT=orig.test=${'u'.repeat(length - 42)}@first.test`;
    const third = (length: number) =>
      `SRS1=HHHH=first.test==HHHH=TT=orig.test=${'u'.repeat(length - 42)}@second.test`;
    const senders: [sender: string, isKept: boolean][] = [
      [ofLength(64), false],
      [ofLength(65), true],
      [`bounces+${'0123456789-'.repeat(8)}someone=else.test@${'em'.repeat(30)}.sender.test`, true],
      [again(64), false],
      [again(70), true],
      [third(64), false],
      [third(70), true],
      ['a..b@sender.test', true],
      ['.a@sender.test', true],
      ['a.@sender.test', true],
    ];
    for (const [sender, isKept] of senders) {
      const rewritten = await rewrite(mail, sender);
      assert.ok(localOf(rewritten).length <= 64, `${sender} became ${rewritten}`);
      assert.equal(kept.test(rewritten), isKept, `${sender} became ${rewritten}`);
      // With SRS1 a bounce takes the short way to the first forwarding server; a name with unusual dots needs
      // quotes.
      const origin = isKept ? sender : sender.replace(/^SRS1=HHHH=first\.test=(.*)@second/, 'SRS0$1@first');
      await leadsBack(mail, rewritten, origin.replace(/^(\.a|a\.|a\.\.b)@/, '"$1"@'));
    }
  },
);

test(
  'an address that stands for a kept sender relays nothing for others, and expires after three weeks',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards });
    const sender = `${'v'.repeat(60)}@sender.test`;
    const rewritten = await rewrite(mail, sender);
    assert.match(rewritten, kept);
    assert.match(await mail.send(rewritten, 'Subject: spam\r\n\r\n', 'spammer@sender.test'), /^550 5\.7\.1 /);
    const guessed = rewritten.replace(/.@/, (last) => (last === '0@' ? '1@' : '0@'));
    for (const bad of [
      guessed,
      rewritten.replace(/[0-9a-f]+@/, '@'),
      rewritten.replace('h1.test', 'h9.test'),
    ])
      assert.match(await mail.send(bad, 'Subject: x\r\n\r\n', ''), /^55[04] 5\./, bad);
    await leadsBack(mail, rewritten.toUpperCase(), sender);
    await mail.postfix.stop('SIGKILL');
    await mail.postfix.start();
    await leadsBack(mail, rewritten, sender);
    const folder = join(mail.postfix.queue, 'kept-senders');
    const [day = ''] = await readdir(folder);
    for (const [age, answer] of [
      [20, /^250 /],
      [23, /^550 /],
    ] as const) {
      const [now = ''] = await readdir(folder);
      await rename(join(folder, now), join(folder, String(Number(day) - age)));
      const aged = rewritten.replace(day, String(Number(day) - age));
      assert.match(await mail.send(aged, 'Subject: x\r\n\r\n', ''), answer, `${age} days`);
    }
  },
);

test(
  'a sender with letters beyond ASCII is forwarded to a server that accepts only ASCII',
  withPostfix,
  async () => {
    await using mail = await startMail({ forwards });
    await using client = await openSmtp({ host: mail.postfix.address });
    await client.mustSay(
      'EHLO client.test',
      'MAIL FROM:<jörg@müller.test> SMTPUTF8',
      'RCPT TO:<info@a.test>',
    );
    assert.match(await client.say('DATA'), /^354 /);
    assert.match(await client.say('Subject: x\r\n\r\nx\r\n.'), /^250 /);
    assert.match((await mail.received('one@else.test')).from, kept);
  },
);

test('a sender that cannot be kept is deferred', withPostfix, async () => {
  await using mail = await startMail({ forwards });
  await mail.postfix.exec('rm', '-r', '/var/spool/postfix/kept-senders');
  assert.match(await mail.send('info@a.test', 'x', `${'v'.repeat(60)}@sender.test`), /^4\d\d /);
  assert.match(await mail.send('info@a.test', 'x', 'alice@sender.test'), /^250 /, 'others are not');
});
