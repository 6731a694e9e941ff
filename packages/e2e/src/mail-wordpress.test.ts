// A WordPress sends through the host's Postfix: only as its own domain, within a limit per minute, to a real
// server elsewhere.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, repository } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { swaks } from './swaks.ts';
import { removeWordpress, startWordpress, unitsOf } from './wordpress-sites.ts';

const site = 'mail-blog.test';
const other = 'mail-other.test';
const units = ['postfix', 'postfix-config', ...unitsOf(site)];
const mail = (...args: string[]) => exec([`${repository}/scripts/mail.sh`, ...args]);
let target: MailTarget;

before(async () => {
  target = await startMailTarget();
  await startWordpress(site);
  await mail('add', `info@${other}`, 'me@elsewhere.test');
});
after(async () => {
  await mail('remove', `info@${other}`);
  await removeWordpress(site);
  await target?.remove();
});

/** Runs PHP in the site, as a plugin would; returns its output. */
function php(code: string): Promise<string> {
  const command =
    '. /usr/lib/freehold/say.sh; . /usr/lib/freehold/settings.sh; read_settings; exec php 2>/dev/null';
  const start = '$_SERVER["HTTP_HOST"] = getenv("DOMAIN"); require "/usr/share/wordpress/wp-load.php";';
  return exec(
    ['docker', 'exec', '--interactive', `wordpress_${site}`, 'sh', '-c', command],
    `<?php ${start} ${code}`,
  );
}

const send = (to: string, title: string, headers: string[] = []) =>
  php(`var_dump(wp_mail('${to}', '${title}', 'Text', ${JSON.stringify(headers)}));`);

hostTest("a site's mail arrives elsewhere, under its own domain", units, async () => {
  assert.equal(await send('friend@elsewhere.test', 'from the site'), 'bool(true)');
  const { from, data } = await target.received('friend@elsewhere.test', 'from the site');
  assert.equal(from, `wordpress@${site}`, 'neither rewritten nor another');
  assert.match(data.toString(), new RegExp(`^From: WordPress <wordpress@${site}>\\r$`, 'm'));
  assert.match(data.toString(), new RegExp(`^Received: from ${site} `, 'm'));
});

hostTest("a site's mail to a domain of this host is forwarded", units, async () => {
  assert.equal(await send(`info@${other}`, 'to a neighbour'), 'bool(true)');
  await target.received('me@elsewhere.test', 'to a neighbour');
});

hostTest('a site whose domain receives no mail here gets no bounces here either', units, async () => {
  const { taken, said } = await swaks({ from: '<>', to: `wordpress@${site}` });
  assert.ok(!taken);
  assert.match(said, /<\*\* 5\d\d /);
});

hostTest("a form that uses its visitor's address is still sent under the site's domain", units, async () => {
  const headers = ['From: Visitor <visitor@sender.test>'];
  assert.equal(await send('friend@elsewhere.test', 'as a visitor', headers), 'bool(true)');
  const { from, data } = await target.received('friend@elsewhere.test', 'as a visitor');
  assert.equal(from, `wordpress@${site}`);
  assert.match(data.toString(), /^From: Visitor <visitor@sender\.test>\r$/m);
});

hostTest(
  'a plugin that sets the envelope sender does not prevent its message from being sent',
  units,
  async () => {
    for (const sender of ['bounces@sender.test', `bounces@${site}`]) {
      const plugin = `add_action('phpmailer_init', function ($mailer) { $mailer->Sender = '${sender}'; }, 20);`;
      const title = `with the sender ${sender}`;
      assert.equal(
        await php(`${plugin} var_dump(wp_mail('friend@elsewhere.test', '${title}', 'Text'));`),
        'bool(true)',
      );
      const { from } = await target.received('friend@elsewhere.test', title);
      assert.equal(from, sender.endsWith(`@${site}`) ? sender : `wordpress@${site}`);
    }
  },
);

hostTest('a site that bypasses its own settings still cannot send as another domain', units, async () => {
  for (const sender of [`info@${other}`, 'x@elsewhere.test', `x@sub.${other}`, `x@${site}@${other}`]) {
    const code = `
      $socket = fsockopen(getenv('GATEWAY'), 587, $code, $why, 10);
      $say = function ($line) use ($socket) {
        fwrite($socket, $line . "\\r\\n");
        do { $answer = fgets($socket); } while ($answer !== false && substr($answer, 3, 1) === '-');
        return $answer;
      };
      fgets($socket); $say('EHLO x'); $say('MAIL FROM:<${sender}>');
      echo $say('RCPT TO:<friend@elsewhere.test>');`;
    assert.match(await php(code), /^5\d\d /, sender);
  }
});

hostTest('a site can send only this many messages a minute; mail from outside continues', units, async () => {
  // Starts a new count.
  await exec(['systemctl', 'restart', '--job-mode=ignore-dependencies', 'postfix']);
  await waitFor('Postfix', async () => (await swaks({ to: `info@${other}` })).taken);
  const count =
    'foreach (range(1, 35) as $n) echo wp_mail("friend@elsewhere.test", "many $n.", "x") ? 1 : 0;';
  const answers = await php(count);
  assert.equal(answers, '1'.repeat(30) + '0'.repeat(5));
  const { taken, said } = await swaks({ to: `info@${other}`, data: 'Subject: outside\r\n\r\nx\r\n' });
  assert.ok(taken, said);
  await target.received('me@elsewhere.test', 'outside');
});
