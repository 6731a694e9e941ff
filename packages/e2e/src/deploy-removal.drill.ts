// docs/how-to/remove-freehold.md, typed as it stands there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readSection } from './document.ts';
import { deployAll, fromControlMachine, onServer, servers, startServers } from './servers.ts';

const server = servers[2];
const site = 'left-behind.test';
const { block } = readSection(['how-to/remove-freehold.md'], 'Remove the programs', {});

before(async () => {
  await startServers();
  await deployAll();
  await fromControlMachine(`./add-site.sh ${server} ${site}`);
});
after(async () => {
  await deployAll();
  await fromControlMachine(`./remove-site.sh ${server} ${site} --delete-data`);
});

test('nothing of it is left but the data of the sites, and from that it can be a host again', async () => {
  await onServer(server, `/opt/freehold/scripts/remove-site.sh ${site}`);
  await onServer(server, `cd /; ${block('systemctl disable')}`);
  const left = `docker ps --all --quiet; docker image ls --quiet --filter 'reference=freehold/*'
     docker network ls --quiet --filter name=freehold; ls -d /opt/freehold* /etc/freehold /usr/local/lib/freehold /usr/local/bin/freehold 2>/dev/null
     iptables-save | grep freehold; grep -rl freehold /etc/systemd /etc/tmpfiles.d /etc/sysctl.d
     systemctl list-units --all --no-legend 'haproxy*' 'postfix*' '*-barrier.service' 'discovery@*' 'static@*'`;
  assert.equal(await onServer(server, `{ ${left}; } || true`), '');
  await onServer(server, `test -d /data/domains/${site}; systemctl is-active docker etcd`);
  await fromControlMachine(`./deploy.sh ${server} --no-build; ./add-site.sh ${server} ${site}`);
  assert.match(await onServer(server, `curl -s -H 'Host: ${site}' http://127.0.0.1/`), new RegExp(site));
});
