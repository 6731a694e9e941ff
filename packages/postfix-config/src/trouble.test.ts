// If etcd, Postfix or the disk fails, mail continues with the last valid state.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startChild } from '@freehold/testing/child';
import { preparePostfix, withPostfix } from '@freehold/testing/postfix-server';
import { withStrace } from '@freehold/testing/strace';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { askSmtp } from './ask-smtp.ts';
import { createTestMail, startMail } from './test-mail.ts';

const forwards = { 'info@a.test': ['one@else.test'] };

const skip = withPostfix.skip || withStrace.skip;

describe('trouble', { concurrency: 3 }, () => {
  test(
    'while etcd is unreachable, mail continues, even with a newly started postfix-config; no change is missed afterwards',
    withPostfix,
    async () => {
      await using mail = await startMail({ forwards });
      await mail.etcdServer.stop();
      const late = mail.config();
      await waitFor('it to be logged', () => late.output().includes('the last known state stays in use'));
      assert.match(await mail.send('info@a.test'), /^250 /);
      await mail.received('one@else.test');
      assert.match(await readFile(join(mail.folder, 'forwards'), 'utf8'), /^info@a\.test/m);
      await mail.etcdServer.start();
      await mail.etcd.delete('/mail/a.test/info');
      await mail.put('new@a.test', 'two@else.test');
      await mail.untilAnswered('new@a.test', 250);
      await mail.untilAnswered('info@a.test', 550);
    },
  );

  test(
    'forwards that change while Postfix is not running are applied when it starts',
    withPostfix,
    async () => {
      await using mail = await createTestMail({ forwards });
      const config = mail.config();
      await waitFor('it to be logged', () => config.output().includes('Postfix is not running'));
      await mail.put('info@a.test', 'two@else.test');
      await waitFor('the file', async () =>
        (await readFile(join(mail.folder, 'forwards'), 'utf8')).includes('info@a.test two@else.test'),
      );
      await mail.postfix.start();
      assert.match(await mail.send('info@a.test'), /^250 /);
      await mail.received('two@else.test');
      await waitFor('it to be logged', () => config.output().includes('Postfix has loaded the files'));
    },
  );

  test('a full disk leaves the files and Postfix unchanged; once there is space again, everything is updated', {
    skip,
  }, async () => {
    await using mail = await createTestMail({ forwards });
    const runOnce = async (...command: string[]) => {
      const main = join(import.meta.dirname, 'main.ts');
      const [program = '', ...args] = [...command, process.execPath, main, '--once'];
      const child = startChild(program, args, mail.env);
      await once(child.process, 'close');
      return { code: child.process.exitCode, output: child.output() };
    };
    const files = () => readFile(join(mail.folder, 'forwards'), 'utf8');
    await runOnce();
    await mail.postfix.start();
    const before = await files();
    await mail.put('info@a.test', 'two@else.test');
    const inject = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=ENOSPC'];
    const full = await runOnce('strace', ...inject);
    assert.equal(full.code, 1);
    assert.match(full.output, /ENOSPC/);
    assert.equal(await files(), before);
    assert.match(await mail.send('info@a.test'), /^250 /);
    await mail.received('one@else.test');
    assert.equal((await runOnce()).code, 0);
    assert.match(await mail.send('info@a.test'), /^250 /);
    await mail.received('two@else.test');
  });

  test('two hosts with one etcd have the same forwards, each under its own name', withPostfix, async () => {
    await using first = await startMail({ forwards });
    const root = await temporaryFolder();
    const second = await preparePostfix({ folder: root.path });
    const env = {
      ...first.env,
      FREEHOLD_HOST: 'h2.test',
      FREEHOLD_POSTFIX_DIR: join(root.path, 'config'),
      FREEHOLD_POSTFIX_SOCKETS: join(root.path, 'run'),
      FREEHOLD_SMTP: `${second.address}:25`,
    };
    const config = startChild(process.execPath, [join(import.meta.dirname, 'main.ts')], env);
    try {
      await waitFor('its files', () => readFile(join(root.path, 'config', 'destinations')));
      await second.start();
      await first.put('new@b.test', 'two@else.test');
      await first.untilAnswered('new@b.test', 250);
      await waitFor('the other host to apply it too', async () =>
        (await askSmtp(env.FREEHOLD_SMTP, 'new@b.test')).startsWith('250'),
      );
      const texts = [first.folder, join(root.path, 'config')].map((folder) =>
        readFile(join(folder, 'forwards'), 'utf8'),
      );
      assert.equal(await texts[0], await texts[1]);
      assert.equal(await second.exec('postconf', '-h', 'myhostname'), 'h2.test\n');
    } finally {
      await config.stop('SIGKILL');
      await second.remove();
      await root.remove();
    }
  });
});
