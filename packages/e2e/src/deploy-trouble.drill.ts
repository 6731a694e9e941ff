// A deploy that finds no room, or whose server goes silent: it ends without help and reports where and why, what was in use
// stays so, and the same command finishes once the trouble is over.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
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

const [, other, server] = servers;
const site = 'trouble.test';
const delivery = '/data/import/changing.test';

before(async () => {
  await startServers();
  await deployAll();
  await fromControlMachine(`./add-site.sh ${server} ${site}`);
});
beforeEach(async () => {
  await makeVersion();
});
after(async () => {
  await fromControlMachine('docker tag freehold/dokuwiki:kept freehold/dokuwiki:latest 2>/dev/null || true');
  await fromControlMachine(`./remove-site.sh ${server} ${site} --delete-data`);
  await onServer(server, `rm -rf ${delivery}`);
});

/** Makes a newer version on the control machine, with 60 MB that no server has. */
const makeVersion = () =>
  fromControlMachine(
    `docker image inspect freehold/dokuwiki:kept >/dev/null 2>&1 || docker tag freehold/dokuwiki:latest freehold/dokuwiki:kept
     mkdir -p /tmp/wiki; head -c 60M /dev/urandom >/tmp/wiki/more; printf 'FROM freehold/dokuwiki:kept\\nCOPY more /more\\n' >/tmp/wiki/Dockerfile
     docker build --quiet --tag freehold/dokuwiki:latest /tmp/wiki 2>/dev/null`,
  );

/** The version in use, when the edge was started, and what a visitor of the site gets. */
const inUse = () =>
  onServer(
    server,
    `sed -n s/^FREEHOLD_VERSION=//p /etc/freehold/host.env; readlink /opt/freehold
     docker ps --format '{{.ID}} {{.Names}}' | sort; curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${site}' http://127.0.0.1/`,
  );

/** The same command finishes, and the site is served by what it brought. */
async function finishes(before: string): Promise<void> {
  assert.match(
    await fromControlMachine(`./deploy.sh ${server} --no-build`),
    /Version \S+ (?:is in use|was in use already)\./,
  );
  const now = await inUse();
  assert.notEqual(now.split('\n')[0], before.split('\n')[0]);
  assert.match(now, /200$/);
}

/** A deploy that fails for want of room leaves all as it was. */
async function findsNoRoom(): Promise<string> {
  const before = await inUse();
  const { code, stdout, stderr } = await onControlMachine(`./deploy.sh ${server} --no-build`);
  assert.equal(code, 1, stdout);
  assert.match(stdout, new RegExp(`^${server}: .*No space left on device`, 'im'));
  assert.doesNotMatch(stdout, /sending all/);
  assert.match(stderr, new RegExp(`Failed: ${server}`));
  assert.equal(await inUse(), before);
  return before;
}

test('a server whose disk is full says so, and takes the version once there is room', async () => {
  // A small disk of its own below /opt, with all that is there.
  await onServer(
    server,
    `mkdir -p /run/opt; mount --bind /opt /run/opt; mount -t tmpfs -o size=40m,mode=755 tmpfs /opt
     cp --archive /run/opt/. /opt; dd if=/dev/zero of=/opt/filler bs=64k 2>/dev/null || true`,
  );
  try {
    const before = await findsNoRoom();
    assert.equal(
      await onServer(server, 'find /opt -maxdepth 1 -name ".freehold-*"'),
      '',
      'no half of it stays',
    );
    await onServer(server, 'rm /opt/filler');
    await finishes(before);
  } finally {
    await onServer(
      server,
      'rm -f /opt/filler; find /run/opt -mindepth 1 -delete; cp --archive /opt/. /run/opt; umount --lazy /opt; umount --lazy /run/opt',
    );
  }
});

test('a server whose Docker has no room for the images says so, and takes them once there is room', async () => {
  await onServer(server, 'mount -t tmpfs -o size=4m,mode=700 tmpfs /var/lib/docker/tmp');
  let before: string;
  try {
    before = await findsNoRoom();
  } finally {
    await onServer(server, 'umount --lazy /var/lib/docker/tmp');
  }
  await finishes(before);
});

test('a control machine without room for the images reports it for each server', async () => {
  const { code, stdout } = await onControlMachine(
    `mkdir -p /tmp/small; mount -t tmpfs -o size=4m tmpfs /tmp/small; trap 'umount /tmp/small' EXIT
     TMPDIR=/tmp/small ./deploy.sh ${other} ${server} --no-build`,
  );
  assert.equal(code, 1);
  for (const one of [other, server])
    assert.match(stdout, new RegExp(`^${one}: .*Cannot save the images in /tmp/small`, 'm'));
  assert.doesNotMatch(stdout, /jq|File exists/);
});

test('a server that goes silent while images are sent is given up after a while, and the next deploy finishes', async (context) => {
  const before = await inUse();
  const deploying = await startOnControlMachine(`./deploy.sh ${server} --no-build`);
  await waitFor('images to be sent', async () => /Sending images/.test(await deploying.said()), {
    everyMs: 20,
  });
  const silence = '-p tcp --dport 22 -j DROP';
  await onServer(server, `iptables -I INPUT ${silence}`);
  try {
    const begun = Date.now();
    // Three questions without an answer, five seconds apart, and what a loaded machine adds.
    await waitFor('the end', () => deploying.hasEnded(), { everyMs: 200 });
    context.diagnostic(`It was given up after ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
  } finally {
    await onServer(server, `iptables -D INPUT ${silence}`);
  }
  const said = await deploying.said();
  assert.match(said, new RegExp(`^${server}: .*its connection was lost`, 'm'));
  assert.match(said, new RegExp(`Failed: ${server}`));
  assert.doesNotMatch(said, /sending all/);
  assert.equal(await inUse(), before);
  await finishes(before);
});

test('an upload whose files change while they are read arrives, and that is reported', async () => {
  const said = await fromControlMachine(
    `mkdir -p /tmp/changing; head -c 50M /dev/zero >/tmp/changing/index.html
     while sleep 0.01; do touch /tmp/changing/index.html; done & trap "kill $!" EXIT
     ./import-site.sh ${server} changing.test /tmp/changing`,
  );
  assert.match(said, /file changed as we read it/);
  assert.match(said, /is imported when the site starts/);
  assert.match(said, /Files changed while they were read[\s\S]*remove the site's data there/);
  assert.equal(await onServer(server, `ls ${delivery}/static`), 'www-content');
});
