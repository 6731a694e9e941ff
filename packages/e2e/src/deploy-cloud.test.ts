// cloud-config on a fresh machine: from its first boot to served sites, with nothing typed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { run } from './host.ts';

/** A machine of its own, as it can have only one first boot. */
const machine = process.env.FREEHOLD_E2E_CLOUD ?? 'freehold-e2e-cloud';
const top = join(import.meta.dirname, '../../..');
const seed = '/var/lib/cloud/seed/nocloud';
let address: string;

async function must(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  assert.equal(code, 0, `${args.join(' ').slice(0, 300)}: ${stderr.slice(-3000)}${stdout.slice(-3000)}`);
  return stdout.trim();
}

const on = (text: string, ...args: string[]) =>
  must('docker', 'exec', machine, 'bash', '-euo', 'pipefail', '-c', text, 'bash', ...args);

/** Pipes what one program writes here into a file there. */
const put = (producer: string, path: string) =>
  must(
    'bash',
    '-euo',
    'pipefail',
    '-c',
    `cd "$2"; ${producer} | docker exec -i "$0" sh -c 'cat >"$0"' "$1"`,
    machine,
    path,
    top,
  );

before(async () => {
  await must(join(top, 'scripts/throwaway-host.sh'), 'down', machine);
  await must(join(top, 'scripts/throwaway-host.sh'), 'bare', machine);
  await on(
    'DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends cloud-init >/dev/null 2>&1',
  );
  await put('tar -cz scripts unit-files docs README.md', '/root/freehold.tar.gz');
  await put(`source scripts/setup/images.sh; docker save "\${images[@]/#/freehold/}"`, '/root/images.tar');
});
after(() => must(join(top, 'scripts/throwaway-host.sh'), 'down', machine));

/** The file as an operator fills it in. */
async function filledIn(): Promise<string> {
  const values = {
    HOST: 'cloud.freehold.test',
    SOURCE: '/root/freehold.tar.gz',
    IMAGES: '/root/images.tar',
    SITES: "'first-cloud.test second-cloud.test'",
  };
  let config = await readFile(join(top, 'cloud-config'), 'utf8');
  for (const [name, value] of Object.entries(values)) {
    assert.match(config, new RegExp(`^ +${name}=`, 'm'));
    config = config.replace(new RegExp(`^( +${name}=).*$`, 'm'), `$1${value}`);
  }
  return config;
}

test("cloud-config is valid by cloud-init's own schema", async () => {
  const config = await filledIn();
  const { code } = await run(
    'docker',
    ['exec', '-i', machine, 'sh', '-c', `mkdir -p ${seed}; cat >${seed}/user-data`],
    config,
  );
  assert.equal(code, 0);
  assert.match(await on(`cloud-init schema --config-file ${seed}/user-data`), /Valid schema/);
});

test('from the first boot on, with nothing typed, the sites are served', async (context) => {
  const begun = Date.now();
  await on(`echo 'instance-id: one' >${seed}/meta-data`);
  await must('docker', 'restart', machine);
  const ended = async () => (await run('docker', ['exec', machine, 'cloud-init', 'status'])).stdout;
  await waitFor('cloud-init to end', async () => /status: (done|error)/.test(await ended()), {
    withinMs: 300_000,
    everyMs: 1000,
  });
  context.diagnostic(`The first boot took ${((Date.now() - begun) / 1000).toFixed(0)} s.`);
  assert.match(await ended(), /done/, await on('tail -n 30 /var/log/cloud-init-output.log'));
  address = await must('docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', machine);
  for (const site of ['first-cloud.test', 'second-cloud.test'])
    assert.match(
      await must('curl', '-s', '--max-time', '5', '-H', `Host: ${site}`, `http://${address}/`),
      new RegExp(site),
    );
});

test('the firewall lets in what a host is for, and nothing else', async () => {
  await on('systemd-run --quiet --unit=stranger socat TCP-LISTEN:9999,fork,reuseaddr SYSTEM:"echo hello"');
  await waitFor('it to listen', async () => (await on('ss -Hltn "sport = :9999"')) !== '');
  const knock = (port: number) =>
    run('bash', ['-c', `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}'; echo $?`]);
  const [smtp, ssh, stranger] = await Promise.all([knock(25), knock(22), knock(9999)]);
  assert.deepEqual(
    [smtp, ssh, stranger].map(({ stdout }) => stdout.trim()),
    ['0', '0', '124'],
  );
});

test('the next boot serves them again, and the first one is not done anew', async () => {
  const ran = 'grep -c "is a host now" /var/log/cloud-init-output.log';
  await must('docker', 'restart', machine);
  address = await must('docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', machine);
  const page = async () =>
    (await run('curl', ['-s', '--max-time', '5', '-H', 'Host: first-cloud.test', `http://${address}/`]))
      .stdout;
  await waitFor('the page', async () => (await page()).includes('first-cloud.test'), {
    withinMs: 90_000,
    everyMs: 500,
  });
  assert.equal(await on(ran), '1');
  await on('nft list table inet host_firewall');
});
