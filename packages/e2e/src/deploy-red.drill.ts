// The table of docs/troubleshooting/servers.md: each command is typed, with our names in place of SERVER and the like.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asTheReader, prepareReader, removeReader } from './guide-control-machine.ts';
import { rowsOf } from './guide-page.ts';
import { deployAll, onServer, servers, startServers } from './servers.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/troubleshooting/servers.md'), 'utf8');
const rows = rowsOf(page, 'On the control machine');
const codesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
const [server] = servers;

before(async () => {
  await startServers();
  await deployAll();
  await removeReader();
  await prepareReader();
});
after(removeReader);

/** Types a command at the control machine, in the folder of the page's reader. */
async function typed(command: string): Promise<string> {
  const { code, stdout, stderr } = await asTheReader(command);
  assert.equal(code, 0, `${command}: ${stderr}`);
  return stdout + stderr;
}

const onHost = (command: string) => onServer(server, command);

/** What is done for each command of the column "Do". */
const runs: Readonly<Record<string, (command: string) => Promise<unknown>>> = {
  'ssh -v SERVER': async (command) => {
    const said = await typed(`${command.replace('SERVER', 'h1.example.com')} true`);
    assert.match(said, /Authenticated to h1\.example\.com/);
  },
  'ssh SERVER': (command) => typed(`${command.replace('SERVER', 'h1.example.com')} true`),
  'scripts/deploy/run.sh all -- true': async (command) =>
    assert.match(await typed(command), /Done: h1\.example\.com h2\.example\.com/),
  'journalctl -u haproxy-confd -u postfix-config': async (command) => {
    const said = await onHost(command);
    for (const unit of ['haproxy-confd', 'postfix-config']) assert.match(said, new RegExp(` ${unit}\\[`));
  },
  'deploy.sh SERVER --name HOSTNAME': async (command) => {
    const named = command.replace('SERVER', 'h1.example.com').replace('HOSTNAME', server);
    assert.match(await typed(`scripts/deploy/${named} --no-build`), /was in use already/);
  },
  'journalctl -u haproxy-confd': async (command) => assert.match(await onHost(command), / haproxy-confd\[/),
  'systemctl status freehold-switch': async (command) => {
    await onHost('systemd-run --quiet --unit freehold-switch --collect sleep 60');
    assert.match(await onHost(command), /Active: active/);
    await onHost('systemctl stop freehold-switch');
  },
  'list-sites.sh all': async (command) => assert.match(await typed(`scripts/deploy/${command}`), /SERVER/),
  'apt-get purge exim4-base postfix': async (command) => {
    const plan = await onHost(`${command.replace('apt-get', 'apt-get --simulate')} 2>&1`);
    assert.match(plan, /is not installed, so not removed/);
  },
  'TMPDIR=/var/tmp scripts/deploy/deploy.sh …': async (command) =>
    assert.match(
      await typed(command.replace('…', 'h1.example.com --no-build')),
      /Version \S+ (?:is|was) in use/,
    ),
  'scripts/deploy/run.sh all -- df -h /': async (command) =>
    assert.match(await typed(command), /^h2\.example\.com: .*% \/$/m),
  'docker image prune': async (command) =>
    assert.match(await onHost(`${command} --force`), /Total reclaimed/),
  "docker image ls --filter 'reference=freehold/*:VERSION' --format '{{.Repository}}:{{.Tag}}' | xargs docker image rm":
    async (command) => {
      await typed('docker tag freehold/static freehold/static:0123456789');
      assert.match(
        await typed(command.replace('VERSION', '0123456789')),
        /Untagged: freehold\/static:0123456789/,
      );
      assert.equal(await typed("docker image ls --quiet --filter 'reference=freehold/*:0123456789'"), '');
    },
};

/** Words that are no whole command: one of them alone, or the name of an option, a setting, a file. */
const isCommand = (code: string) =>
  /^[a-z.A-Z/=_-]{2,} ./.test(code) && !code.startsWith('--') && !/^(systemctl|journalctl) \S+$/.test(code);
const told = rows.flatMap(([, todo = '']) => codesIn(todo)).filter(isCommand);

test('what there is to do here is all that the table says, and no more', () => {
  assert.deepEqual([...new Set(told)].sort(), Object.keys(runs).sort());
});

for (const [command, does] of Object.entries(runs))
  test(`to be typed: ${command}`, async () => void (await does(command)));
