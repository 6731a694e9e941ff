// Someone who works on a cluster from this machine, by ssh and the scripts, as docs/how-to/run-a-cluster.md says.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster-hosts.ts';
import { type Outcome, run } from './run.ts';

export interface Operator extends AsyncDisposable {
  /** A folder of the operator's own, the home of commands, in which they find `scripts`. */
  readonly folder: string;
  /** Runs commands as they stand, in a shell, to their end, whatever that is. */
  tries(commands: string): Promise<Outcome>;
  /** The same, and gives what they said; throws if one fails. */
  does(commands: string): Promise<string>;
}

/** Gets root's ssh access to the hosts. Needs `ssh` and `ssh-keygen` here. */
export async function becomeOperator({ hosts }: Cluster): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-operator-'));
  const path = (name: string) => join(folder, name);
  const shell = `cd '${folder}'; export HOME="$PWD" XDG_CONFIG_HOME="$PWD/.config"; PATH="$PWD":$PATH;`;
  const tries = (commands: string) =>
    run('bash', ['--norc', '-euo', 'pipefail', '-c', `${shell} ${commands}`]);
  const does = async (commands: string) => {
    const { code, stdout, stderr } = await tries(commands);
    assert.equal(code, 0, `${commands} ended with ${code}: ${stderr.slice(-4000)}${stdout.slice(-4000)}`);
    return stdout + stderr;
  };
  await does(
    `ln -s '${join(import.meta.dirname, '../../../scripts')}' scripts; ssh-keygen -q -t ed25519 -N '' -f id`,
  );
  const key = (await readFile(path('id.pub'), 'utf8')).trim();
  let config = `User root\nIdentityFile ${path('id')}\nUserKnownHostsFile ${path('known')}\n`;
  let known = '';
  for (const host of hosts) {
    await host.shell(`mkdir -p /root/.ssh; echo '${key}' >>/root/.ssh/authorized_keys`);
    known += `${host.name} ${await host.shell('cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub')}\n`;
    config += `Host ${host.name}\nHostName ${host.ip}\nHostKeyAlias ${host.name}\n`;
  }
  await Promise.all([writeFile(path('config'), config), writeFile(path('known'), known)]);
  for (const program of ['ssh', 'scp']) {
    await writeFile(path(program), `#!/bin/sh\nexec /usr/bin/${program} -F '${path('config')}' "$@"\n`);
    await chmod(path(program), 0o755);
  }
  return {
    folder,
    tries,
    does,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
