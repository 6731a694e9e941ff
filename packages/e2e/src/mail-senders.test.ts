// The host itself knows which site may send as which sender: an address that changes hands transfers no
// permission.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { addressOf, domainsOf, removeSites, startSites, unitOf } from './sites.ts';

const [one = '', other = ''] = domainsOf('sender', 2);
const units = ['postfix', 'etcd', unitOf(one), unitOf(other), `discovery@${one}`, `discovery@${other}`];
const senders = '/run/freehold/senders';
let target: MailTarget;

before(async () => {
  target = await startMailTarget();
  await startSites([one, other]);
});
after(async () => {
  await exec(['systemctl', 'start', 'etcd']);
  await removeSites([one, other]);
  await target?.remove();
});

const containerAddress = (domain: string) =>
  shell(
    `docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "static_$1"`,
    domain,
  );

/** Whether Postfix accepts a message from within a site's network. */
async function sends(site: string, from: string): Promise<boolean> {
  const script = `
    pid=$(docker inspect --format '{{.State.Pid}}' "static_$1")
    printf 'Subject: x\\r\\n\\r\\nx\\r\\n' | nsenter --net="/proc/$pid/ns/net" curl --silent --max-time 10 \
      smtp://172.30.0.1:587 --mail-from "$2" --mail-rcpt friend@elsewhere.test --upload-file -`;
  const { code } = await tryExec(['bash', '-euo', 'pipefail', '-c', script, 'bash', site, from]);
  return code === 0;
}

async function untilWritten(domain: string): Promise<void> {
  const address = await containerAddress(domain);
  await waitFor(
    `the address of ${domain}`,
    async () => (await tryExec(['cat', `${senders}/${domain}`])).stdout.trim() === address,
  );
}

hostTest('each site sends as itself and as no other, and a stopped one has no address', units, async () => {
  assert.equal(await shell(`cat "${senders}/$1"`, one), await addressOf(one));
  assert.deepEqual([await sends(one, `x@${one}`), await sends(one, `x@${other}`)], [true, false]);
  assert.deepEqual([await sends(one, `x@news.${one}`), await sends(one, `x@news.${other}`)], [true, false]);
  await exec(['systemctl', 'stop', unitOf(one)]);
  assert.equal((await tryExec(['test', '-e', `${senders}/${one}`])).code, 1);
  await exec(['systemctl', 'start', unitOf(one)]);
  await untilWritten(one);
});

hostTest(
  'sites that started before there were files for Postfix are added by setup.sh, and can send',
  units,
  async () => {
    const before = await containerAddress(one);
    await exec(['rm', `${senders}/${one}`]);
    assert.equal(await sends(one, `x@${one}`), false);
    await exec(['/opt/freehold/scripts/setup.sh', hostName]);
    assert.equal(await shell(`cat "${senders}/$1"`, one), before);
    assert.ok(await sends(one, `x@${one}`));
  },
);

hostTest('a killed container loses its permission to send, and its successor gets it', units, async () => {
  const before = await containerAddress(one);
  await exec(['docker', 'kill', `static_${one}`]);
  await waitFor(
    'the file to go',
    async () => (await tryExec(['test', '-e', `${senders}/${one}`])).code === 1,
  );
  await waitFor('another container', async () => (await containerAddress(one)) !== '');
  await untilWritten(one);
  assert.ok(await sends(one, `x@${one}`), `it had ${before}`);
});

hostTest(
  'without etcd, sites that start in another order, with swapped addresses, send as themselves',
  units,
  async () => {
    await exec(['systemctl', 'stop', 'etcd']);
    await exec(['systemctl', 'stop', unitOf(one), unitOf(other)]);
    for (const site of [other, one]) {
      // Each waits for its announcement, which must wait for etcd.
      await exec(['systemctl', 'start', '--no-block', unitOf(site)]);
      await waitFor(`the container of ${site}`, async () => (await containerAddress(site)) !== '');
      await untilWritten(site);
    }
    assert.deepEqual([await sends(one, `x@${one}`), await sends(other, `x@${other}`)], [true, true]);
    assert.deepEqual([await sends(one, `x@${other}`), await sends(other, `x@${one}`)], [false, false]);
  },
);
