// cloud-config on a fresh machine: from its first boot to served sites, without any typed command.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import * as cloud from './cloud-machine.ts';

/** A separate machine, since it can have only one first boot. */
const machine = cloud.machinePrefix;
const on = (text: string, ...args: string[]) => cloud.on(machine, text, ...args);
let address: string;

before(() => cloud.startMachine(machine));
after(() => cloud.removeMachine(machine));

test("cloud-config is valid according to cloud-init's own schema", async () => {
  const config = await cloud.fillIn({
    HOST: 'cloud.freehold.test',
    SITES: "'first-cloud.test second-cloud.test'",
  });
  assert.match(await cloud.giveUserData(machine, config), /Valid schema/);
});

test('from the first boot on, without any typed command, the sites are served', async (context) => {
  const begun = Date.now();
  const status = await cloud.firstBoot(machine, 'one');
  context.diagnostic(`The first boot took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  assert.match(status, /done/, await cloud.bootLog(machine));
  address = await cloud.addressOf(machine);
  for (const site of ['first-cloud.test', 'second-cloud.test'])
    assert.match(await cloud.pageAt(address, site), new RegExp(site));
});

test("the firewall accepts only connections to the host's own services", async () => {
  for (const port of [2381, 9999]) {
    await on(`systemd-run --quiet --unit=stranger-${port} socat TCP-LISTEN:${port},fork,reuseaddr PIPE`);
    await waitFor('it to listen', async () => (await on(`ss -Hltn "sport = :${port}"`)) !== '');
  }
  const ends = [25, 22, 2381, 9999].map((port) => cloud.knock(address, port));
  assert.deepEqual(await Promise.all(ends), ['0', '0', '124', '124']);
});

test('the next boot serves them again, and the first-boot script does not run again', async () => {
  const ran = 'grep -c "is a host now" /var/log/cloud-init-output.log';
  await cloud.must('docker', 'restart', machine);
  address = await cloud.addressOf(machine);
  const page = async () => (await cloud.pageAt(address, 'first-cloud.test')).includes('first-cloud.test');
  await waitFor('the page', page);
  assert.equal(await on(ran), '1');
  await on('nft list table inet host_firewall');
});
