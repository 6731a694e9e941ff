import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

const execute = promisify(execFile);

/** A real sshd on loopback that accepts the test's own user, with one key. */
export interface SshServer {
  readonly user: string;
  readonly port: number;
  /** The private key that is accepted. */
  readonly key: string;
  /** A line for known_hosts, with the server's real key. */
  readonly hostLine: string;
  /** In the format of ssh-keygen. */
  readonly fingerprint: string;
  output(): string;
  stop(): Promise<void>;
}

/** Starts sshd (Debian package openssh-server) with separate files and a free port. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const name of ['host', 'user']) {
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  const port = await freePort();
  await chmod(folder.path, 0o755);
  await writeFile(at('config'), configuration({ port, folder: folder.path }));
  // Debian's unit would have created it; sshd requires it when started by root.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const sshd = startChild('/usr/sbin/sshd', ['-D', '-e', '-f', at('config')]);
  await waitFor('sshd to listen', () => {
    if (sshd.process.exitCode !== null) throw new Error(sshd.output());
    return sshd.output().includes('Server listening');
  });
  const [type, key] = (await readFile(at('host.pub'), 'utf8')).split(' ');
  const { stdout } = await execute('ssh-keygen', ['-l', '-f', at('host.pub')]);
  return {
    user: userInfo().username,
    port,
    key: await readFile(at('user'), 'utf8'),
    hostLine: `[127.0.0.1]:${port} ${type} ${key}\n`,
    fingerprint: stdout.split(' ')[1] ?? '',
    output: sshd.output,
    async stop() {
      await sshd.stop();
      await folder.remove();
    },
  };
}

function configuration({ port, folder }: { port: number; folder: string }): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*
`;
}
