// From a control machine, over ssh: servers become hosts, are upgraded under load, and rolled back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepImages, makeImage } from './newer-images.ts';
import { startSecureVisitors } from './secure-visitors.ts';
import {
  containerOf,
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  type Server,
  servers,
  startServers,
  versionOf,
} from './servers.ts';
import { holdMail, startSteadyMail } from './steady-mail.ts';
import { startVisitors } from './visitors.ts';

const [first, second, third] = servers;
const all = servers.join(' ');
const visited = 'visited-deploy.test';
const secure = 'secure-deploy.test';

before(async () => {
  await startServers();
});
after(async () => {
  await keepImages();
  for (const site of [visited, secure])
    await fromControlMachine(`./remove-site.sh ${first} ${site} --delete-data`);
});

/** When each part of the edge was started, which units run since when, and what the files are. */
function state(server: Server): Promise<string> {
  return onServer(
    server,
    `docker ps --format '{{.ID}} {{.Names}}' | sort; readlink /opt/freehold
     systemctl show --property=ActiveEnterTimestampMonotonic docker etcd haproxy haproxy-confd postfix postfix-config
     sha256sum /etc/freehold/host.env /etc/default/etcd; stat --format '%n %Y' /etc/systemd/system/*.service`,
  );
}

test('servers, bare or hosts already, are hosts after it, and each line says of which it is', async () => {
  const said = await deployAll();
  for (const server of servers) {
    assert.match(said, new RegExp(`^${server}: .*Version \\S+ (?:is|was) in use`, 'm'));
    assert.equal(await onServer(server, 'curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/'), '404');
  }
  assert.match(said, new RegExp(`Done: ${all}`));
});

test('deployed again without a change, nothing is restarted or written', async (context) => {
  const before = await Promise.all(servers.map(state));
  const begun = Date.now();
  const said = await deployAll();
  context.diagnostic(`It took ${((Date.now() - begun) / 1000).toFixed(1)} s for ${servers.length} servers.`);
  assert.deepEqual(await Promise.all(servers.map(state)), before);
  assert.doesNotMatch(said, /Sending|Installing|Restarting|Starting|Making|changed:/);
  assert.match(said, /was in use already/);
});

test('a newer version replaces confd, HAProxy and Postfix under load: no request fails, and no message is lost', async (context) => {
  for (const site of [visited, secure]) await fromControlMachine(`./add-site.sh ${first} ${site}`);
  const before = await versionOf(first);
  const host = containerOf(first);
  for (const name of ['confd', 'haproxy', 'postfix']) await makeImage(name, `ENV NEWER=${Date.now()}`);
  await using strangers = await startSecureVisitors(first, secure);
  await using mail = await startSteadyMail(first, await holdMail(first));
  await using regulars = startVisitors({ domain: visited, connections: 4, perSecond: 100, host });
  await using newcomers = startVisitors({
    ...{ domain: visited, connections: 2, perSecond: 40, host, fresh: true },
  });
  const said = await fromControlMachine(`./deploy.sh ${first} --no-build`);
  assert.match(said, /Restarting haproxy-confd/);
  assert.match(said, /Replacing HAProxy/);
  assert.match(said, /Restarting [^\n]*postfix/i);
  assert.match(said, /Sending images: [0-9.]+[kK] of/, 'only what differs is sent');
  for (const crowd of [regulars, newcomers]) {
    const { statuses, errors } = await crowd.stop();
    context.diagnostic(`Answers by status: ${JSON.stringify([...statuses])}`);
    assert.equal(errors, '');
    assert.deepEqual([...statuses.keys()], [200]);
  }
  context.diagnostic(`By https: ${JSON.stringify(await strangers.stop())}`);
  context.diagnostic(`Mail: ${JSON.stringify(await mail.stop())}`);
  assert.notEqual(await versionOf(first), before);
  for (const name of ['haproxy', 'haproxy-confd', 'postfix'])
    assert.match(await onServer(first, `docker inspect --format "{{.Config.Env}}" ${name}`), /NEWER=/);
  assert.equal(await onServer(first, 'docker ps --all --quiet --filter name=haproxy-bridge'), '');
});

test('a version whose confd crashes is rolled back and reported, and sites are served throughout', async (context) => {
  const before = await versionOf(first);
  await makeImage('confd', 'COPY broken.mjs /confd.mjs');
  await using visitors = startVisitors({
    domain: visited,
    connections: 4,
    perSecond: 100,
    host: containerOf(first),
  });
  const { code, stdout, stderr } = await onControlMachine(`./deploy.sh ${first} --no-build`);
  await keepImages();
  assert.equal(code, 1);
  assert.match(stdout, /haproxy-confd does not start[\s\S]*broken on purpose/);
  assert.match(stdout, new RegExp(`did not start. The host was rolled back to ${before};`));
  assert.match(stderr, new RegExp(`Failed: ${first}`));
  const { statuses, errors } = await visitors.stop();
  context.diagnostic(`Answers by status: ${JSON.stringify([...statuses])}`);
  assert.deepEqual([errors, [...statuses.keys()]], ['', [200]]);
  assert.equal(await versionOf(first), before);
  assert.match(await onServer(first, 'docker inspect --format "{{.Config.Env}}" haproxy-confd'), /NEWER=/);
  assert.equal(await onServer(first, 'readlink /opt/freehold'), `freehold-${before}`);
});

test('--to goes back to a version that the server has, and refuses one that it has not', async () => {
  const versions = (await fromControlMachine(`./deploy.sh ${first} --versions`)).match(
    /(?<=: )[0-9a-f]+-[0-9a-f]+(?=$)/gm,
  );
  const other = await versionOf(second);
  assert.ok(versions?.includes(other), `${versions}`);
  await fromControlMachine(`./deploy.sh ${first} --to "$1"`, other);
  assert.equal(await versionOf(first), other);
  assert.doesNotMatch(
    await onServer(first, 'docker inspect --format "{{.Config.Env}}" haproxy-confd'),
    /NEWER=/,
  );
  const { code, stdout } = await onControlMachine(`./deploy.sh ${first} --to 0000000000-000000`);
  assert.equal(code, 1);
  assert.match(stdout, /has no version '0000000000-000000'/);
});

test("images that were made of this commit already are taken and not built again, and an operator's own files for a host reach it, for root alone", async () => {
  const images = 'source ../setup/images.sh; commit=$(git rev-parse --short=10 HEAD)';
  const own = '~/.config/freehold/hosts';
  const said = await fromControlMachine(
    `${images}; for name in "\${images[@]}"; do docker tag freehold/$name freehold/$name:$commit; done
     mkdir -p ${own}/${third}; echo secret >${own}/${third}/key
     trap 'docker image rm "\${images[@]/%/:$commit}" >/dev/null; rm -r ${own}' EXIT; images=("\${images[@]/#/freehold/}"); ./deploy.sh ${third}`,
  );
  assert.doesNotMatch(said, /Building/);
  assert.match(said, /(?:is|was) in use/);
  const kept =
    'stat --format "%a %u" /etc/freehold/deployed; cat /etc/freehold/deployed/*; ls -A /etc/freehold/deployed';
  assert.equal(await onServer(third, kept), '700 0\nsecret\nkey');
});
