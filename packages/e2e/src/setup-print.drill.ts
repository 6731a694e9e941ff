// What setup.sh --print prints, typed on a bare server, makes it a host.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { must, pageAt } from './cloud-machine.ts';
import { execOn, hostName, repository } from './host.ts';
import { hostTest } from './host-test.ts';
import { run } from './run.ts';

const host = `${hostName}-typed`;
const scripts = join(import.meta.dirname, '../../../scripts');
const setup = `${repository}/scripts/setup.sh`;

const onHost = (text: string, input?: string) =>
  execOn(host, ['bash', '-euo', 'pipefail', '-c', text], input);

before(async () => {
  await must(join(scripts, 'throwaway-host.sh'), 'bare', host);
  await must(join(scripts, 'throwaway-copy.sh'), host);
});
after(() => must(join(scripts, 'throwaway-host.sh'), 'down', host));

/** All that setup.sh could change: packages, users, files, what is enabled, and what runs since when. */
const state = () =>
  onHost(`
    dpkg-query --show; getent passwd; docker network inspect --format '{{.Id}}' freehold
    docker ps --format '{{.ID}} {{.Names}}' | sort
    systemctl list-unit-files --state=enabled --no-legend
    systemctl show --property=Id,ActiveEnterTimestampMonotonic docker etcd haproxy haproxy-confd postfix postfix-config
    find /etc /usr/local /data /var/lib/freehold -xdev ! -path '*/.*' ! -path /etc/mtab -printf '%p %m %U %T@ %l\\n' | sort`);

hostTest('the commands that setup.sh --print prints make a bare server a host', [], async () => {
  const commands = await execOn(host, [setup, '--print', host]);
  assert.equal((await run('docker', ['exec', host, 'test', '-e', '/etc/freehold'])).code, 1);
  await execOn(host, ['bash', '-eux'], `${commands}\n`);
  await onHost(`
    mkdir -p /data/import/example.com/static/www-content
    echo typed >/data/import/example.com/static/www-content/index.html
    systemctl enable --quiet --now static@example.com`);
  const address = await must('docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', host);
  await waitFor('the page', async () => (await pageAt(address, 'example.com')).includes('typed'));
});

hostTest('after them, nothing is left to do for setup.sh', [], async () => {
  const left = await execOn(host, [setup, '--print', host]);
  assert.deepEqual(
    left.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    [],
  );
  const earlier = await state();
  const reported = await execOn(host, [setup, host]);
  assert.equal(await state(), earlier);
  assert.match(reported, /Packages: up to date[\s\S]*Folders: up to date[\s\S]*Unit files: up to date/);
  assert.doesNotMatch(reported, /Starting|Restarting|Creating|Installing|created|new or changed|added|set /);
});
