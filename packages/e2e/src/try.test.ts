// scripts/try.sh: from nothing to the first page, then to all apps.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { run } from './run.ts';
import {
  assertShown,
  host,
  inHost,
  interruptAt,
  journalOf,
  mustInHost,
  pageOf,
  tryScript,
} from './tried-host.ts';

const blog = 'wordpress@blog.localhost';

after(() => tryScript('--down'));

test('try.sh, killed during the setup and run again, ends with the page and with hints on what to try next', async () => {
  await tryScript('--down');
  await interruptAt(/Running scripts\/setup\.sh/);
  assertShown(await tryScript());
  assert.match(await pageOf('hello.localhost'), /hello\.localhost/);
});

test('WordPress, started as soon as try.sh has shown the page, comes up once its image is there', async () => {
  await mustInHost('systemctl', 'start', blog);
  assert.match(await tryScript('--wait'), /Ready: mail and these apps .* wordpress/);
  assert.equal((await mustInHost('systemctl', 'is-active', 'postfix')).trim(), 'active');
});

test('a start waits for an image that is on its way, and fails with an explanation if nothing brings it', async () => {
  await mustInHost('systemctl', 'stop', blog);
  await mustInHost('docker', 'tag', 'freehold/wordpress', 'freehold/wordpress:kept');
  await mustInHost('docker', 'image', 'rm', 'freehold/wordpress');
  assert.notEqual((await inHost('systemctl', 'start', blog)).code, 0);
  assert.match(await journalOf(blog), /no image freehold\/wordpress\. Load it with '.*', or build it with '/);
  await mustInHost('systemctl', 'stop', blog);

  const holder =
    'systemd-run --quiet --unit=images-on-their-way flock /run/freehold/images.lock sleep infinity';
  await mustInHost(...holder.split(' '));
  const start = mustInHost('systemctl', 'start', blog);
  await waitFor('it to wait', async () => /Waiting for the image/.test(await journalOf(blog)));
  await mustInHost('docker', 'tag', 'freehold/wordpress:kept', 'freehold/wordpress');
  await start;
  await mustInHost('systemctl', 'stop', 'images-on-their-way');
});

test('try.sh --down removes all', async () => {
  assert.match(await tryScript('--down'), /\] Removed /);
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `name=^/${host}$`]);
  assert.equal(stdout, '');
});
