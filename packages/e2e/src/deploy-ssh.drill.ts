// What goes wrong with ssh, and at the worst moment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import {
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  servers,
  startOnControlMachine,
  startServers,
} from './servers.ts';

const [first, second, third] = servers;
const site = 'cut-move.test';

before(async () => {
  await startServers();
  await deployAll();
  await fromControlMachine(`./add-site.sh ${first} ${site}`);
});
after(async () => {
  await fromControlMachine('docker tag freehold/dokuwiki:kept freehold/dokuwiki:latest 2>/dev/null || true');
  for (const server of [first, second])
    await onServer(
      server,
      '/opt/freehold/scripts/remove-site.sh "$1" --delete-data >/dev/null; rm -rf "/data/moved/$1"*',
      site,
    );
});

/** Makes a newer version on the control machine whose dokuwiki has so many megabytes more. */
async function makeVersion(megabytes: number): Promise<void> {
  await fromControlMachine(
    `docker image inspect freehold/dokuwiki:kept >/dev/null 2>&1 || docker tag freehold/dokuwiki:latest freehold/dokuwiki:kept
     mkdir -p /tmp/wiki; head -c "$1M" /dev/urandom >/tmp/wiki/more; printf 'FROM freehold/dokuwiki:kept\\nCOPY more /more\\n' >/tmp/wiki/Dockerfile
     docker build --quiet --tag freehold/dokuwiki:latest /tmp/wiki 2>/dev/null`,
    String(megabytes),
  );
}

const versionOf = (server = third) =>
  onServer(server, 'sed -n s/^FREEHOLD_VERSION=//p /etc/freehold/host.env');

for (const [what, options] of [
  ['is not known', '-o UserKnownHostsFile=/dev/null'],
  [
    'is not known, though the options say not to look',
    '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
  ],
  ['is another than the one that is known', '-o UserKnownHostsFile=/tmp/changed'],
] as const) {
  test(`a server whose key ${what} is not spoken to`, async () => {
    await fromControlMachine(
      `ssh-keygen -q -t ed25519 -N '' -f /tmp/other <<<y >/dev/null || true; echo "${first} $(cut -d ' ' -f 1,2 /tmp/other.pub)" >/tmp/changed`,
    );
    const { code, stdout } = await onControlMachine(
      `FREEHOLD_SSH_OPTIONS='${options}' ./run.sh ${first} -- touch /tmp/spoken-to`,
    );
    assert.equal(code, 1);
    assert.match(stdout, /Host key verification failed/);
    assert.match(stdout, /compare it with the one in the server's console/);
    assert.equal(await onServer(first, 'ls /tmp/spoken-to 2>/dev/null || true'), '');
  });
}

test('a key that the server rejects is reported, and nobody is asked for a password', async () => {
  const { code, stdout } = await onControlMachine(
    `ssh-keygen -q -t ed25519 -N '' -f /tmp/stranger <<<y >/dev/null || true
     FREEHOLD_SSH_OPTIONS='-o IdentitiesOnly=yes -o IdentityFile=/tmp/stranger' ./deploy.sh ${first} --to 1 2>&1`,
  );
  assert.equal(code, 1);
  assert.match(stdout, /Permission denied/);
  assert.match(stdout, new RegExp(`Failed: ${first}`));
});

test('a connection that is cut while images are sent leaves the version as it is, and the next deploy finishes', async () => {
  const before = await versionOf();
  await makeVersion(100);
  const deploying = await startOnControlMachine(`./deploy.sh ${third} --no-build`);
  await waitFor('images to be sent', async () => /Sending images/.test(await deploying.said()), {
    everyMs: 20,
  });
  await deploying.cutOff();
  assert.equal(await versionOf(), before);
  await fromControlMachine(`./deploy.sh ${third} --no-build`);
  assert.notEqual(await versionOf(), before);
});

test('a switch of versions runs to its end when its control machine is gone', async () => {
  const before = await versionOf();
  await makeVersion(1);
  const deploying = await startOnControlMachine(`./deploy.sh ${third} --no-build`);
  await waitFor('the switch', async () => /Packages: up to date/.test(await deploying.said()), {
    everyMs: 100,
  });
  await deploying.cutOff();
  await waitFor('the newer version', async () => (await versionOf()) !== before, {
    everyMs: 200,
  });
  assert.equal(await onServer(third, 'readlink /opt/freehold'), `freehold-${await versionOf()}`);
});

test('of two deploys at once the second is told of the first, which ends well, and the host is whole', async () => {
  await makeVersion(1);
  const deploying = await startOnControlMachine(`./deploy.sh ${third} --no-build`);
  const isSwitching = async () =>
    (await onServer(third, 'systemctl is-active freehold-switch || true')) === 'active';
  await waitFor('the switch', isSwitching, { everyMs: 50 });
  const signal = (name: string) => onServer(third, 'systemctl kill --signal "$1" freehold-switch', name);
  // Held where it is, so that they meet for sure.
  await signal('STOP');
  const late = await onControlMachine(`./deploy.sh ${third} --no-build`)
    .then(
      async (deploy) => [deploy, await onControlMachine(`./move-site.sh ${site} ${third} ${first}`)] as const,
    )
    .finally(() => signal('CONT'));
  assert.deepEqual(
    late.map(({ code }) => code),
    [1, 1],
  );
  assert.match(
    late[0].stdout,
    new RegExp(`^${third}: Cannot deploy .* root@\\S+, since .* is deploying to it`, 'm'),
  );
  assert.match(
    late[1].stderr,
    new RegExp(`^\\[.*${third}: Cannot move ${site}: root@\\S+, since .* is deploying`, 'm'),
  );
  await waitFor('the end of the first', () => deploying.hasEnded(), { everyMs: 200 });
  assert.match(await deploying.said(), new RegExp(`Done: ${third}`));
  assert.match(await fromControlMachine(`./deploy.sh ${third} --no-build`), /was in use already/);
});

const frontPage = 'curl -s -o /dev/null -w "%{http_code}" -H "Host: $1" http://127.0.0.1/';
const isServedBy = async (server: typeof first | typeof second) =>
  (await onServer(server, frontPage, site)) === '200';

// Moments of a move: what it has said by then, and how long after that it is cut off.
for (const [sign, later] of [
  [/Copying/, 0],
  [/Stopping/, 200],
  [/Stopping/, 1500],
  [/is served by/, 0],
] as const) {
  test(`a move that is cut off ${later} ms after it said ${sign.source} leaves the site served, and the next one ends it`, async () => {
    const [from, to] = (await isServedBy(first)) ? [first, second] : [second, first];
    await onControlMachine(`./move-site.sh ${site} ${from} ${to} --forget`);
    const moving = await startOnControlMachine(`./move-site.sh ${site} ${from} ${to} --pause 6`);
    await waitFor('the moment', async () => sign.test(await moving.said()) || moving.hasEnded(), {
      everyMs: 20,
    });
    await new Promise((resolve) => setTimeout(resolve, later));
    await moving.cutOff();
    const somewhere = async () => (await isServedBy(first)) || isServedBy(second);
    await waitFor('the site to be served', somewhere, { everyMs: 200 });
    // It may start again at its old place up to the end of its pause.
    const goesOn = async () =>
      (await onServer(from, 'systemctl list-timers --all --no-legend "freehold-move-back-*"')) === '';
    await waitFor('the pause to be over', goesOn, { everyMs: 200 });
    await fromControlMachine(`./move-site.sh ${site} ${from} ${to}`);
    assert.deepEqual([await isServedBy(from), await isServedBy(to)], [false, true]);
    assert.equal(
      await onServer(from, 'ls /data/moving; ls -d "/data/domains/$1" 2>/dev/null || true', site),
      '',
    );
    await onServer(from, 'rm -rf "/data/moved/$1"*', site);
  });
}
