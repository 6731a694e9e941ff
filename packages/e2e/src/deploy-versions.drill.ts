// A broken version, or an interrupted switch, leaves the previous version in use.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { keepImages, makeImage } from './newer-images.ts';
import { run } from './run.ts';
import {
  containerOf,
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  servers,
  startOnControlMachine,
  startServers,
} from './servers.ts';

const server = servers[2];
const site = 'kept-version.test';
const page = `curl -s -o /dev/null -w '%{http_code}' -H 'Host: ${site}' http://127.0.0.1/`;
const latest = (image: string) => `docker image inspect --format '{{.Id}}' freehold/${image}:latest`;

before(async () => {
  await startServers();
  await deployAll();
  await fromControlMachine(`./add-site.sh ${server} ${site}`);
});
beforeEach(async () => {
  assert.equal(await onServer(server, page), '200');
});
after(async () => {
  await keepImages();
  await fromControlMachine(
    `./deploy.sh ${server} --no-build; ./remove-site.sh ${server} ${site} --delete-data`,
  );
});

const versionOf = () => onServer(server, 'sed -n s/^FREEHOLD_VERSION=//p /etc/freehold/host.env');
const confd = () => onServer(server, "docker inspect --format '{{.Config.Env}}' haproxy-confd");

/** Deploys the new version, which is refused; returns the output. */
async function isRefused(): Promise<string> {
  const { code, stdout } = await onControlMachine(`./deploy.sh ${server} --no-build`);
  await keepImages();
  assert.equal(code, 1, stdout);
  return stdout;
}

test('a version that serves no site any more is rolled back, even though its programs run', async () => {
  const [version, id] = [await versionOf(), await onServer(server, latest('confd'))];
  await makeImage(
    'confd',
    'COPY --from=freehold/confd:kept /confd.mjs /real.mjs',
    'COPY blind.mjs /confd.mjs',
  );
  const said = await isRefused();
  assert.match(said, new RegExp(`${site} answered 200 before, and answers 503 now`));
  assert.match(said, new RegExp(`did not start. The host was rolled back to ${version};`));
  assert.deepEqual([await versionOf(), await onServer(server, latest('confd'))], [version, id]);
});

test('a version whose sites could not start is rolled back before one has to', async () => {
  const id = await onServer(server, latest('static'));
  await makeImage('static', 'COPY broken.mjs /usr/sbin/nginx');
  assert.match(
    await isRefused(),
    /nginx of the image static, which sites use from their next start, does not/,
  );
  assert.equal(await onServer(server, latest('static')), id);
  await onServer(server, `systemctl restart static@${site}`);
  await waitFor('the page', async () => (await onServer(server, page)) === '200');
});

test('a host that loses power during a switch returns to the previous version automatically', async () => {
  const [version, id] = [await versionOf(), await onServer(server, latest('confd'))];
  await makeImage('confd', 'COPY broken.mjs /confd.mjs');
  const deploying = await startOnControlMachine(`./deploy.sh ${server} --no-build`);
  await waitFor('the other images', async () => (await onServer(server, latest('confd'))) !== id, {
    everyMs: 50,
  });
  await run('docker', ['kill', containerOf(server)]);
  await deploying.cutOff();
  await keepImages();
  // With its current address.
  await startServers();
  const isBack = async () =>
    (await onServer(server, latest('confd'))) === id &&
    (await onServer(server, 'ls /etc/systemd/system/freehold-unfinished.service 2>/dev/null || true')) === '';
  await waitFor('the version before', isBack, { everyMs: 500 });
  assert.equal(await versionOf(), version);
  assert.equal(await onServer(server, 'readlink /opt/freehold'), `freehold-${version}`);
  await waitFor('it to be logged', async () =>
    (await onServer(server, 'journalctl --no-pager --output cat --unit freehold-unfinished')).includes(
      `Version ${version} is in use`,
    ),
  );
  await waitFor('the page', async () => (await onServer(server, page)) === '200');
});

test('a host that was set up manually rolls back to its previous state', async () => {
  // The state that scripts/setup.sh leaves when run from a checkout.
  await onServer(
    server,
    `sed -i /^FREEHOLD_VERSION=/d /etc/freehold/host.env; cp -a "$(realpath /opt/freehold)" /opt/checkout
     rm -rf /opt/freehold*; mv /opt/checkout /opt/freehold
     docker image ls --filter 'reference=freehold/*' --format '{{.Repository}}:{{.Tag}}' | grep -v :latest | xargs docker image rm >/dev/null`,
  );
  const id = await onServer(server, latest('confd'));
  await makeImage('confd', 'COPY broken.mjs /confd.mjs');
  assert.match(await isRefused(), /did not start. The host was rolled back to by-hand;/);
  assert.equal(await onServer(server, latest('confd')), id);
  await makeImage('confd', 'ENV NEWER=1');
  await fromControlMachine(`./deploy.sh ${server} --no-build`);
  await keepImages();
  assert.match(await confd(), /NEWER=1/);
  assert.match(await fromControlMachine(`./deploy.sh ${server} --versions`), /by-hand$/m);
  await fromControlMachine(`./deploy.sh ${server} --to by-hand`);
  assert.doesNotMatch(await confd(), /NEWER=1/);
});
