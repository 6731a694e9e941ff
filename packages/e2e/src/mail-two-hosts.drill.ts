// Two hosts with one etcd have the same forwards, so that each is the other's MX.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type RunningMail, startMail } from '@freehold/postfix-config/test-mail';
import { waitFor } from '@freehold/testing/wait-for';
import { execOn, hostName, repository } from './host.ts';
import { hostTest } from './host-test.ts';
import { type MailTarget, startMailTarget } from './mail-target.ts';
import { run } from './run.ts';
import { addressOfHost, swaks } from './swaks.ts';

const units = ['postfix', 'postfix-config'];
/** A host that is given stays. */
const second = process.env.FREEHOLD_E2E_SECOND ?? `${hostName}-second`;
const hosts = [hostName, second];
const script = join(import.meta.dirname, '../../../scripts/throwaway-host.sh');
const to = 'info@shared.test';
const added = 'added@shared.test';

const targets = new Map<string, MailTarget>();
/** A mail server elsewhere, which finds the hosts by MX: the first is preferred. */
let sender: RunningMail;

before(async () => {
  await command(script, 'up', second);
  for (const host of hosts) targets.set(host, await startMailTarget(host));
  await openTunnel();
  await onHost(
    second,
    `cp /etc/freehold/host.env /etc/freehold/host.env.before
    sed -i "s|^FREEHOLD_ETCD=.*|FREEHOLD_ETCD=http://$1:2379|" /etc/freehold/host.env
    systemctl restart --job-mode=ignore-dependencies postfix-config`,
    await addressOfHost(),
  );
  sender = await startSender();
});
after(async () => {
  await sender?.[Symbol.asyncDispose]();
  for (const address of [to, added]) await mailOn(hostName, 'remove', address).catch(() => undefined);
  await onHost(
    second,
    `mv /etc/freehold/host.env.before /etc/freehold/host.env
    systemctl restart --job-mode=ignore-dependencies postfix-config`,
  );
  for (const target of targets.values()) await target.remove();
  await onHost(hostName, 'systemctl stop mail-tunnel');
  if (!process.env.FREEHOLD_E2E_SECOND) await command(script, 'down', second);
});

async function command(file: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(file, args);
  assert.equal(code, 0, stderr + stdout);
}

const onHost = (host: string, text: string, ...args: string[]) =>
  execOn(host, ['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args]);
const mailOn = (host: string, ...args: string[]) => execOn(host, [`${repository}/scripts/mail.sh`, ...args]);

/**
 * etcd listens only on loopback. A cluster has certificates; this test connects the other host through a
 * tunnel.
 */
async function openTunnel(): Promise<void> {
  const listen = `TCP-LISTEN:2379,bind=${await addressOfHost()},fork,reuseaddr`;
  const tunnel = ['systemd-run', '--quiet', '--collect', '--unit=mail-tunnel'];
  await execOn(hostName, [...tunnel, 'socat', listen, 'TCP:127.0.0.1:2379']);
}

/** It relays mail to the hosts. */
async function startSender(): Promise<RunningMail> {
  const zone = {
    'shared.test': { MX: ['mx1.shared.test', 'mx2.shared.test'] },
    'mx1.shared.test': { A: await addressOfHost(hostName) },
    'mx2.shared.test': { A: await addressOfHost(second) },
  };
  const settings = ['default_transport = smtp', 'smtp_connect_timeout = 2s'];
  const started = await startMail({ forwards: { 'start@start.test': [to] }, settings, zone });
  await command('docker', 'network', 'connect', 'bridge', started.postfix.name);
  return started;
}

/** Sends through the hosts' MX, and returns which target received it. */
async function sendByMx(title: string, host: string): Promise<void> {
  const answer = await sender.send('start@start.test', `Subject: ${title}\r\n\r\nx\r\n`);
  assert.match(answer, /^250 /);
  await targets.get(host)?.received('me@elsewhere.test', title);
}

const untilTaken = (address: string, host: string) =>
  waitFor(
    `mail to ${address} to be accepted by ${host}`,
    async () => (await swaks({ to: address }, host)).taken,
    {
      everyMs: 200,
    },
  );

const forwardsOf = (host: string) => execOn(host, ['cat', '/data/runtime/postfix/forwards']);

hostTest(
  'a forward that is added on one host is effective on both, and so is one from the other',
  units,
  async () => {
    await mailOn(hostName, 'add', to, 'me@elsewhere.test');
    await mailOn(second, 'add', added, 'me@elsewhere.test');
    for (const host of hosts) for (const address of [to, added]) await untilTaken(address, host);
    assert.equal(await forwardsOf(second), await forwardsOf(hostName));
    for (const host of hosts) assert.match((await swaks({ to: 'x@shared.test' }, host)).said, /550 5\.1\.1/);
    for (const host of hosts)
      assert.match(
        await execOn(host, ['docker', 'exec', 'postfix', 'postconf', '-h', 'myhostname']),
        RegExp(host),
      );
  },
);

hostTest(
  'mail arrives through the first host, and if that one is dead through the other',
  units,
  async () => {
    await sendByMx('while both are up', hostName);
    await command('docker', 'kill', '--signal', 'KILL', hostName);
    // Its etcd is dead too.
    await sendByMx('while the first is dead', second);
    await command('docker', 'start', hostName);
    await waitFor('the first host', async () => (await swaks({ to })).taken, {
      everyMs: 200,
    });
    await openTunnel();
    await mailOn(second, 'remove', added);
    for (const host of hosts)
      await waitFor(`${host} to have the change`, async () => !(await swaks({ to: added }, host)).taken, {
        everyMs: 200,
      });
  },
);
