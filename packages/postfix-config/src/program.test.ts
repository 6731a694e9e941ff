import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Child } from '@freehold/testing/child';
import { withPostfix } from '@freehold/testing/postfix-server';
import { waitFor } from '@freehold/testing/wait-for';
import { createTestMail, startMail, type TestMail } from './test-mail.ts';

async function ended(child: Child): Promise<number | null> {
  const [code] = await once(child.process, 'close');
  return code;
}

const file = (mail: TestMail, name: string) => readFile(join(mail.folder, name), 'utf8');

async function reloads(mail: TestMail): Promise<number> {
  return (await mail.postfix.logs()).split('\n').filter((line) => line.includes(': reload --')).length;
}

describe('postfix-config', { concurrency: 3 }, () => {
  test(
    '--dry-run prints a unified diff and writes nothing; --once writes and exits',
    withPostfix,
    async () => {
      await using mail = await createTestMail({ forwards: { 'info@a.test': ['one@else.test'] } });
      const dry = mail.config('--dry-run');
      assert.equal(await ended(dry), 0, dry.output());
      assert.match(dry.output(), /^\+info@a\.test one@else\.test$/m);
      await assert.rejects(access(join(mail.folder, 'forwards')));
      await assert.rejects(access(join(mail.folder, 'srs-secret')));
      const first = mail.config('--once');
      assert.equal(await ended(first), 0, first.output());
      assert.match(first.output(), /Postfix is not running and loads it when it starts\. forwards=1/);
      assert.match(await file(mail, 'forwards'), /^info@a\.test one@else\.test$/m);
      assert.equal(await file(mail, 'hostname'), 'h1.test\n');
      assert.equal(await file(mail, 'destinations'), 'h1.test\na.test\n');
      const again = mail.config('--dry-run');
      assert.equal(await ended(again), 0);
      assert.equal(again.output(), '');
    },
  );

  test(
    'SIGTERM ends it cleanly, an invalid argument or setting with 2, an unreachable etcd with 1',
    withPostfix,
    async () => {
      await using mail = await createTestMail({});
      const child = mail.config();
      await waitFor('it to have written the files', () =>
        access(join(mail.folder, 'forwards')).then(() => true),
      );
      child.process.kill('SIGTERM');
      assert.equal(await ended(child), 0);
      for (const args of [
        ['--nonsense'],
        ['nonsense'],
        ['add', 'a@b.test'],
        ['add', 'a', 'b'],
        ['remove'],
        ['list', 'x'],
      ]) {
        const wrong = mail.config(...args);
        assert.equal(await ended(wrong), 2, `${args}: ${wrong.output()}`);
      }
      mail.env.FREEHOLD_POSTMASTER = 'nobody';
      const setting = mail.config('--once');
      assert.equal(await ended(setting), 2);
      assert.match(setting.output(), /FREEHOLD_POSTMASTER is "nobody", but a mail address is required/);
      delete mail.env.FREEHOLD_POSTMASTER;
      await mail.etcdServer.stop();
      const away = mail.config('--once');
      assert.equal(await ended(away), 1);
      assert.match(away.output(), /could not list \/mail\//);
    },
  );

  test(
    'Postfix is reloaded only if something changed, and its tools read exactly the written content',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards: { 'info@a.test': ['one@else.test', 'two@else.test'] } });
      const second = mail.config();
      await waitFor('it to have read the desired state', () =>
        second.output().includes('info@a.test is now forwarded to'),
      );
      assert.equal(await reloads(mail), 0, 'a second run changes nothing');
      // Two permanently running instances may see changes one after the other, and each corrects the files of
      // the other.
      await second.stop('SIGKILL');
      await mail.etcd.put('/mail/a.test/info', '["one@else.test", "two@else.test"]');
      await mail.etcd.put('/mail/b.test/broken', 'no JSON');
      await waitFor('it to be reported', () =>
        mail.running.output().includes('/mail/b.test/broken is skipped'),
      );
      assert.equal(await reloads(mail), 0);
      await mail.put('other@a.test', 'three@else.test');
      await mail.untilAnswered('other@a.test', 250);
      assert.equal(await reloads(mail), 1);
      const table = await mail.postfix.exec('postmap', '-s', 'texthash:/run/postfix/forwards');
      assert.deepEqual(
        table
          .trim()
          .split('\n')
          .map((line) => line.replace('\t', ' '))
          .sort(),
        ['info@a.test one@else.test, two@else.test', 'other@a.test three@else.test'],
      );
      assert.equal(await mail.postfix.exec('postconf', '-h', 'myhostname'), await file(mail, 'hostname'));
      assert.equal(
        await mail.postfix.exec('cat', '/run/postfix/destinations'),
        await file(mail, 'destinations'),
      );
      assert.doesNotMatch(await mail.postfix.logs(), /warning|error|fatal/);
    },
  );

  test(
    'bad entries and loops are skipped one by one and logged once, and the rest is forwarded',
    withPostfix,
    async () => {
      await using mail = await createTestMail({
        forwards: {
          'good@a.test': ['one@else.test'],
          'loop@a.test': ['back@b.test'],
          'back@b.test': ['loop@a.test'],
          'bad@a.test': ['no address'],
        },
      });
      const config = mail.config();
      await waitFor('the files', () => access(join(mail.folder, 'destinations')).then(() => true));
      await mail.postfix.start();
      await mail.untilAnswered('good@a.test', 250);
      for (const to of ['loop@a.test', 'bad@a.test']) await mail.untilAnswered(to, 550);
      await mail.put('more@a.test', 'two@else.test');
      await mail.untilAnswered('more@a.test', 250);
      for (const key of ['/mail/a.test/loop', '/mail/b.test/back', '/mail/a.test/bad']) {
        assert.equal(config.output().split(`${key} is skipped`).length, 2, `${key} once: ${config.output()}`);
      }
      await mail.put('back@b.test', 'x@else.test');
      await mail.untilAnswered('loop@a.test', 250);
      assert.match(config.output(), /\/mail\/a\.test\/loop is valid again/);
    },
  );

  test('manual files are merged in when they change, and take precedence', withPostfix, async () => {
    await using mail = await startMail({ forwards: { 'info@a.test': ['etcd@else.test'] } });
    await writeFile(join(mail.folder, 'destinations.local'), 'c.test\n');
    await writeFile(
      join(mail.folder, 'forwards.local'),
      'info@a.test hand@else.test\n@b.test rest@else.test\n',
    );
    await mail.untilAnswered('any@b.test', 250);
    await mail.untilAnswered('any@c.test', 550);
    assert.match(await mail.send('info@a.test'), /^250 /);
    await mail.received('hand@else.test');
    await rm(join(mail.folder, 'forwards.local'));
    await mail.untilAnswered('any@b.test', 554);
    assert.match(await mail.send('info@a.test'), /^250 /);
    await mail.received('etcd@else.test');
  });

  test('main.cf.local is applied as soon as it changes, even if nothing else does', withPostfix, async () => {
    await using mail = await startMail({ forwards: { 'info@a.test': ['one@else.test'] } });
    const path = join(mail.folder, 'main.cf.local');
    const before = await readFile(path, 'utf8');
    const inForce = (limit: string) =>
      waitFor(
        `a limit of ${limit}`,
        async () => (await mail.postfix.exec('postconf', '-h', 'smtpd_recipient_limit')) === `${limit}\n`,
      );
    await inForce('100');
    await writeFile(path, `${before}\nsmtpd_recipient_limit = 7\n`, { mode: 0o600 });
    await inForce('7');
    await writeFile(path, `${before}\nsmtpd_recipient_limit = 8\n`);
    await inForce('8');
  });

  test(
    'if Postfix refuses, the last valid files are on disk and in use, and the new ones are tried again',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards: { 'info@a.test': ['one@else.test'] } });
      const settings = await file(mail, 'main.cf.local');
      const before = await file(mail, 'forwards');
      await writeFile(join(mail.folder, 'main.cf.local'), `${settings}\nmyhostname = \${unfinished\n`);
      // It would fall back on the operator's previous settings.
      await mail.postfix.exec('rm', '/run/postfix.settings');
      const config = mail.config();
      await mail.put('more@a.test', 'two@else.test');
      await waitFor('the refusal', () => config.output().includes('Postfix refused its files'));
      await waitFor('the previous files', async () => (await file(mail, 'forwards')) === before);
      assert.match(await mail.send('info@a.test'), /^250 /);
      await mail.received('one@else.test');
      await writeFile(join(mail.folder, 'main.cf.local'), settings);
      await mail.untilAnswered('more@a.test', 250);
    },
  );
});
