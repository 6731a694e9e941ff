// A git server in a container beside the throw-away host: ssh:// and https:// to one repository.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, execOn, hostName, shell } from './host.ts';
import { run } from './run.ts';

const name = `${hostName}-git`;
const script = join(import.meta.dirname, 'git-remote.sh');

export interface GitRemote {
  readonly address: string;
  /** The addresses of the repository, by transport. */
  readonly urls: { readonly ssh: string; readonly https: string };
  /** The private key that may read over ssh. */
  readonly key: string;
  /** Runs a script in a clone of the repository. */
  work(script: string, ...args: string[]): Promise<string>;
  /** Commits a state that `index.html` and `deep/er/page.html` show, and pushes it; returns the commit. */
  commit(state: string, branch?: string): Promise<string>;
  /** Disconnects it from the network, and reconnects it. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** Some thousand real files from the image of the remote. */
export const thousandsOfFiles = [
  '/usr/share/perl',
  '/usr/share/perl5',
  '/usr/share/zoneinfo',
  '/var/lib/dpkg/info',
];

/**
 * Restarts it with these folders in its repository; the throw-away host trusts its certificate afterwards.
 */
export async function startGitRemote(folders: readonly string[] = []): Promise<GitRemote> {
  await removeGitRemote();
  await docker(['run', '--detach', '--name', name, '--init', 'freehold/test-tools', 'sleep', 'infinity']);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = await docker(['inspect', '--format', format, name]);
  await execOn(name, ['bash', '-s', address, ...folders], await readFile(script, 'utf8'));
  await trust(await inside('cat /etc/remote/ca.pem'));
  return {
    address,
    urls: {
      ssh: `ssh://git@${address}/srv/git/site.git`,
      https: `https://reader:pass%40word@${address}/site.git`,
    },
    key: `${await inside('cat /etc/remote/client_key')}\n`,
    work: (text, ...args) => inside(`cd /srv/work/site\n${text}`, ...args),
    commit,
    pause: async () => void (await docker(['pause', name])),
    resume: async () => void (await docker(['unpause', name])),
  };
}

/** Removes it, and the host's trust in it. */
export async function removeGitRemote(): Promise<void> {
  await run('docker', ['rm', '--force', name]);
  await shell(
    'rm -f /usr/local/share/ca-certificates/remote.crt; update-ca-certificates --fresh >/dev/null 2>&1',
  );
}

function commit(state: string, branch = 'main'): Promise<string> {
  const text = `
    cd /srv/work/site
    git checkout -q "$2" 2>/dev/null || git checkout -q -b "$2"
    mkdir -p deep/er
    echo "<p>state $1</p>" | tee index.html >deep/er/page.html
    git add --all
    git commit -q -m "State $1"
    git push -q --force origin "$2"
    git rev-parse HEAD`;
  return inside(text, state, branch);
}

const inside = (text: string, ...args: string[]) =>
  execOn(name, ['bash', '-euo', 'pipefail', '-c', text, 'bash', ...args]);

async function trust(certificate: string): Promise<void> {
  const file = '/usr/local/share/ca-certificates/remote.crt';
  await exec(['sh', '-c', `cat >${file} && update-ca-certificates 2>&1`], `${certificate}\n`);
}

async function docker(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('docker', args);
  if (code === 0) return stdout.trim();
  throw new Error(`docker ${args.slice(0, 3).join(' ')} ended with ${code}: ${stderr}${stdout}`);
}
