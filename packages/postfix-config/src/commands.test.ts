import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { withPostfix } from '@freehold/testing/postfix-server';
import { startMail, type TestMail } from './test-mail.ts';

/** Runs one command to its end; returns its exit code and output. */
async function run(mail: TestMail, ...args: string[]) {
  const child = mail.config(...args);
  const [code] = await once(child.process, 'close');
  return { code, output: child.output() };
}

describe('commands', { concurrency: 2 }, () => {
  test('add writes a forward, list and test show it, and remove deletes it', withPostfix, async () => {
    await using mail = await startMail();
    const added = await run(mail, 'add', 'Info@Müller.test', 'one@else.test', 'two@else.test');
    assert.equal(added.code, 0, added.output);
    assert.match(
      added.output,
      /^info@xn--mller-kva\.test is now forwarded to one@else\.test, two@else\.test\.$/m,
    );
    assert.match(added.output, /^xn--mller-kva\.test\. MX 10 h1\.test\.$/m, 'the records for a new domain');
    assert.equal(await mail.etcd.get('/mail/xn--mller-kva.test/info'), '["one@else.test","two@else.test"]');
    await mail.untilAnswered('info@xn--mller-kva.test', 250);
    const listed = await run(mail, 'list');
    assert.match(
      listed.output,
      /^info@xn--mller-kva\.test +one@else\.test, two@else\.test +active +\/mail\/xn--mller-kva\.test\/info$/m,
    );
    const tested = await run(mail, 'test', 'INFO+x@xn--mller-kva.test');
    assert.match(
      tested.output,
      /is forwarded by the rule for info@xn--mller-kva\.test \(\/mail\/.*\) to:\n {2}one@else\.test: the message is sent there/,
    );
    assert.match(tested.output, /^Postfix answers: 250 /m);
    const { explanation, records, ...known } = JSON.parse(
      (await run(mail, 'test', 'info@xn--mller-kva.test', '--json')).output,
    );
    const verdict = { address: 'info@xn--mller-kva.test', verdict: 'forwarded', accepted: true, skipped: [] };
    assert.deepEqual({ ...known, answer: '' }, { ...verdict, answer: '' });
    assert.match(known.answer, /^250 /);
    assert.match(explanation[0], /is forwarded by the rule for info@xn--mller-kva\.test/);
    assert.ok(records.includes('xn--mller-kva.test. MX 10 h1.test.'));
    const again = await run(mail, 'add', '*@xn--mller-kva.test', 'rest@else.test');
    assert.doesNotMatch(again.output, /MX/, 'a known domain needs no new records');
    assert.equal((await run(mail, 'remove', 'info@müller.test')).code, 0);
    assert.equal((await run(mail, 'remove', '*@müller.test')).code, 0);
    await mail.untilAnswered('info@xn--mller-kva.test', 554);
    const gone = await run(mail, 'remove', 'info@müller.test');
    assert.equal(gone.code, 1);
    assert.match(gone.output, /is not in etcd: the key \/mail\/xn--mller-kva\.test\/info does not exist/);
  });

  test(
    'add refuses a loop, list prints skipped entries, and test explains why an address is refused',
    withPostfix,
    async () => {
      await using mail = await startMail({
        forwards: {
          'a@a.test': ['b@a.test', 'x@else.test'],
          'b@a.test': ['y@else.test'],
          'bad@a.test': ['none'],
        },
      });
      await mail.etcd.put('/mail/a.test/\u001b[2J', '["x@else.test"]');
      await writeFile(join(mail.folder, 'forwards.local'), 'hand@a.test z@else.test\n');
      const loop = await run(mail, 'add', 'b@a.test', 'a@a.test');
      assert.equal(loop.code, 1);
      assert.match(loop.output, /b@a\.test was not added: b@a\.test forwards to itself through a@a\.test/);
      assert.equal(await mail.etcd.get('/mail/a.test/b'), '["y@else.test"]');
      await mail.untilAnswered('hand@a.test', 250);
      const { output } = await run(mail, 'list');
      assert.match(output, /^hand@a\.test +z@else\.test +active +forwards\.local line 1$/m);
      const rows = JSON.parse((await run(mail, 'list', '--json')).output) as Record<string, unknown>[];
      assert.deepEqual(
        rows.find(({ address }) => address === 'hand@a.test'),
        {
          address: 'hand@a.test',
          targets: ['z@else.test'],
          postfix: 'active',
          source: 'forwards.local line 1',
          problem: null,
        },
      );
      const { problem, ...bare } = rows.find(({ source }) => source === '/mail/a.test/bad') ?? {};
      assert.match(String(problem), /^"none" is not a mail address/);
      assert.deepEqual(bare, { address: null, targets: [], postfix: 'skipped', source: '/mail/a.test/bad' });
      assert.match(output, /^\/mail\/a\.test\/bad is skipped: "none" is not a mail address/m);
      assert.match(
        output,
        /^\/mail\/a\.test\/\\u001b\[2J is skipped/m,
        'no terminal escape sequence is printed',
      );
      const bad = await run(mail, 'test', 'bad@a.test');
      assert.match(bad.output, /Refused: this host accepts mail for a\.test, but not for bad@a\.test/);
      assert.match(bad.output, /^\/mail\/a\.test\/bad is skipped/m);
      assert.match(bad.output, /^Postfix answers: 550 5\.1\.1/m);
      const refused = JSON.parse((await run(mail, 'test', 'bad@a.test', '--json')).output);
      assert.deepEqual([refused.verdict, refused.accepted], ['unknown-address', false]);
      assert.ok(refused.skipped.some(({ source }: { source: string }) => source === '/mail/a.test/bad'));
      const stranger = await run(mail, 'test', 'x@elsewhere.test');
      assert.match(stranger.output, /Refused: this host does not accept mail for elsewhere\.test/);
      assert.match(stranger.output, /^Postfix answers: 554 5\.7\.1/m);
      assert.doesNotMatch(stranger.output, /MX/, 'a foreign domain needs none of our records');
    },
  );
});
