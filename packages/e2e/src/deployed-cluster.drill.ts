// Three deployed servers become one cluster from the control machine. After the other files of deploying, whose servers are
// each alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import {
  addressOf,
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  removeServers,
  servers,
  startServers,
} from './servers.ts';

const site = 'of-a-cluster.test';
const [first, second, third] = servers;
const mark = '<p>from the first</p>';
let pairs: string;
const asMember = `cd /etc/freehold/cluster; ETCDCTL_API=3 etcdctl --endpoints https://127.0.0.1:2379 \
  --cacert ca.pem --cert cert.pem --key key.pem endpoint status`;
const isDone = [() => true, () => false] as const;

before(async () => {
  // From bare ones: what other tests have had here is not to be lost in a cluster.
  await removeServers();
  await startServers();
  await deployAll();
  pairs = (await Promise.all(servers.map(async (one) => `${one}=${await addressOf(one)}`))).join(' ');
});
// The servers stay, a cluster without sites and routes, for deployed-members.drill.ts.
after(async () => {
  await fromControlMachine(`./remove-site.sh ${first} ${site} --delete-data`);
  await asOperator(`remove ${address}`);
});

const mail = '/opt/freehold/scripts/mail.sh';
const [address, target] = ['info@of-a-cluster.test', 'me@elsewhere.invalid'];

/** Changes the route with the operator's key, which is on a member for just so long. */
const asOperator = (change: string) =>
  fromControlMachine(
    `tar -C ~/.config/freehold/cluster/users -c operator | ssh ${second} 'umask 077; tar -x -C /root'
     ./run.sh ${second} -- ${mail} --as /root/operator ${change}
     ssh ${second} rm -r /root/operator`,
  );

const page = (at: (typeof servers)[number]) =>
  onServer(at, `curl -s --max-time 5 -H 'Host: ${site}' http://127.0.0.1/`);

test('a server whose connection is lost during its setup still becomes a member', async () => {
  await fromControlMachine(
    `mkdir -p /tmp/pages; echo '${mark}' >/tmp/pages/index.html; ./add-site.sh ${first} ${site} --from /tmp/pages`,
  );
  // ssh ends at the first line that nobody takes from it.
  const cut = await onControlMachine(`./make-cluster.sh ${pairs.split(' ')[0]} 2>&1 | sed '/Packages: /q'`);
  assert.notEqual(cut.code, 0, cut.stdout);
  assert.doesNotMatch(cut.stdout, /etcd: /);
  await waitFor('etcd as a member', () => onServer(first, asMember).then(...isDone));
  const switching = 'systemctl show --property=ActiveState --value freehold-switch';
  await waitFor('its end', async () => (await onServer(first, switching)) === 'inactive');
  await fromControlMachine(`./make-cluster.sh ${pairs.split(' ')[0]}`);
});

test('after a run that was interrupted when the second server was added, the next run completes it', async () => {
  // Until the second has come, etcd of the first does nothing, and does not start again either.
  await fromControlMachine(
    `keys=~/.config/freehold/cluster; cd ../cluster; ./issue.sh "$keys" ${second} ${await addressOf(second)}
     ssh -N -L 23790:127.0.0.1:2379 ${first} & trap 'kill %1' EXIT
     until (: >/dev/tcp/127.0.0.1/23790) 2>/dev/null; do sleep 0.1; done
     FREEHOLD_ETCD=https://127.0.0.1:23790 ./admit.sh "$keys" ${second}`,
  );
  // And the settings of the first were written, but not taken over.
  await onServer(first, 'touch --date "2 seconds" /etc/default/etcd');
  const said = await fromControlMachine(`./make-cluster.sh ${pairs.split(' ').slice(0, 2).join(' ')}`);
  assert.match(said, /may be waiting for d2/);
  assert.match(said, /etcd: its settings have changed since its start, restarting it/);
});

/** Who of the first two, which are a cluster now, and of the third, which is alone, serves a page of that name. */
const servedBy = async (domain: string, where: string) => {
  const asked = `curl -s --max-time 5 -H 'Host: ${domain}' http://127.0.0.1/moved.txt || true`;
  await waitFor(`${domain} to be served by ${where}`, async () => {
    const pages = await Promise.all(servers.map((server) => onServer(server, asked)));
    const at = servers.filter((_, index) => pages[index] === 'moved').join(' ');
    if (at !== where) throw new Error(`it is served by '${at}'`);
    return true;
  });
};

test('a site moves into a cluster once the cluster takes its mail, and out of it again', async () => {
  const moving = 'in-and-out.test';
  const asOperator = `tar -C ~/.config/freehold/cluster/users -c operator | ssh ${second} 'umask 077; tar -x -C /root'
     mail() { ./run.sh ${second} -- /opt/freehold/scripts/mail.sh --as /root/operator "$@"; }`;
  const routes = `etcdctl get --prefix /mail/${moving}/`;
  await fromControlMachine(
    `mkdir -p /tmp/moved; echo moved >/tmp/moved/moved.txt; ./add-site.sh ${third} ${moving} --from /tmp/moved
     ./run.sh ${third} -- /opt/freehold/scripts/mail.sh add info@${moving} me@elsewhere.invalid`,
  );
  const refused = await onControlMachine(`./move-site.sh ${moving} ${third} ${second}`);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, /cluster does not have the mail forward of info@in-and-out.test/);
  await servedBy(moving, third);
  await fromControlMachine(`${asOperator}; mail add info@${moving} me@elsewhere.invalid`);
  assert.match(await fromControlMachine(`./move-site.sh ${moving} ${third} ${second}`), /Point DNS there/);
  await servedBy(moving, `${first} ${second}`);
  await fromControlMachine(`./move-site.sh ${moving} ${third} ${second} --forget`);
  assert.equal(await onServer(third, routes), '');

  assert.match(await fromControlMachine(`./move-site.sh ${moving} ${second} ${third}`), /Point DNS there/);
  await servedBy(moving, third);
  assert.match(await onServer(third, routes), /info/);
  assert.match(
    await fromControlMachine(`./move-site.sh ${moving} ${second} ${third} --forget`),
    /accepts its mail until the operator removes its forwards/,
  );
  await fromControlMachine(`${asOperator}; mail remove info@${moving}; ssh ${second} rm -r /root/operator`);
  await fromControlMachine(`./remove-site.sh ${third} ${moving} --delete-data`);
  await onServer(third, `etcdctl del --prefix /mail/${moving}/ >/dev/null`);
});

test('the third joins, and each serves the site of the first', async (context) => {
  const begun = Date.now();
  assert.match(
    await fromControlMachine(`./make-cluster.sh ${pairs}`),
    new RegExp(`One cluster: ${servers.join(' ')}`),
  );
  context.diagnostic(`It took ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  for (const server of servers)
    await waitFor(`the page at ${server}`, async () => (await page(server)) === mark);
});

test('a second make-cluster.sh and a second deploy change nothing', async () => {
  const started = () =>
    Promise.all(
      servers.map((server) =>
        onServer(
          server,
          'systemctl show --property=ActiveEnterTimestampMonotonic etcd haproxy haproxy-confd',
        ),
      ),
    );
  const before = await started();
  await fromControlMachine(`./make-cluster.sh ${pairs}`);
  await deployAll();
  assert.deepEqual(await started(), before);
});

test('no server can write mail forwards, and the operator can for all', async () => {
  const refused = await onControlMachine(`./run.sh ${second} -- ${mail} add ${address} ${target}`);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout + refused.stderr, /permission denied/);
  await asOperator(`add ${address} ${target}`);
  await waitFor('the route at the third', async () =>
    (await onServer(third, 'cat /data/runtime/postfix/forwards')).includes(address),
  );
});
