// A Linux bridge has at most 1,023 ports: a host warns before that limit, and refuses sites at it.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, removeSites } from './sites.ts';

const [warned = '', refused = ''] = domainsOf('ports', 2);
const addSite = (domain: string) => tryExec([`${repository}/scripts/add-site.sh`, domain]);

/** Adds unused interfaces until the bridge has this many ports. */
const fill = (ports: number) =>
  shell(
    `have=$(ls /sys/class/net/freehold0/brif | wc -l)
     for ((i = have; i < $1; i++)); do echo "link add fill$i type veth peer name peer$i"; echo "link set fill$i master freehold0"; done | ip -batch -`,
    String(ports),
  );
const empty = () =>
  shell(
    "{ ls /sys/class/net/freehold0/brif | grep '^fill' || true; } | sed 's/^/link delete /' | ip -batch -",
  );

after(async () => {
  await empty();
  await removeSites([warned]);
});

hostTest('a host with few ports left warns, and adds the site', ['docker'], async () => {
  await fill(1000);
  const { code, stderr } = await addSite(warned);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /This host runs 1000 sites\. Its network has room for 1023: plan for another host/);
  assert.match(
    (await tryExec([`${repository}/scripts/list-sites.sh`])).stderr,
    /1001 sites run on this host/,
  );
});

hostTest('one with none refuses the site before anything is changed', ['docker'], async () => {
  await fill(1023);
  const { code, stderr } = await addSite(refused);
  assert.equal(code, 1);
  assert.match(stderr, /has room for only 1023: add ports1\.test to another host.*Nothing was changed/s);
  assert.equal((await tryExec(['test', '-e', `/data/domains/${refused}`])).code, 1);
});
