// The rehearsal of an order, by the program acme: the whole process against the CA's staging directory.
import { lstat } from 'node:fs/promises';
import type { Domain } from '@freehold/core/domain';
import type { Environment } from '@freehold/core/settings';
import type { Call } from '../command.ts';
import { hostFile } from './host.ts';
import { runProgram } from './run-program.ts';

/** As in unit-files/acme@.service. */
const dockerOptions = [
  ...[
    '--rm',
    '--log-driver',
    'none',
    '--network',
    'host',
    '--read-only',
    '--cap-drop',
    'ALL',
    '--memory',
    '256m',
  ],
  ...['--pids-limit', '64', '--security-opt', 'no-new-privileges', '--pull', 'never', '--env-file', hostFile],
  ...[
    '/etc/freehold:/etc/freehold:ro',
    '/data/acme:/data/acme',
    '/data/domains:/data/domains',
    '/data/runtime/haproxy:/data/runtime/haproxy:ro',
    '/data/runtime/haproxy/acme:/data/runtime/haproxy/acme',
    '/data/runtime/haproxy/approved-certs:/data/runtime/haproxy/approved-certs',
    '/run/freehold/haproxy:/run/haproxy',
  ].flatMap((volume) => ['--volume', volume]),
];

/** Whether this host obtains certificates by itself: setup.sh makes this folder when it turns them on. */
export async function isAutomaticHost(): Promise<boolean> {
  return lstat('/data/acme/requests').then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether there is a directory for rehearsals: Let's Encrypt has one, and for another CA it is a setting. */
export function hasStaging({
  FREEHOLD_ACME_DIRECTORY: directory,
  FREEHOLD_ACME_STAGING: staging,
}: Environment) {
  return (
    staging !== undefined || directory === undefined || directory.includes('//acme-v02.api.letsencrypt.org/')
  );
}

/**
 * Rehearses an order for a site. Installs nothing. Waits while another run of acme is in progress.
 *
 * @returns why it failed, as acme's last sentence; undefined if it went well.
 */
export async function rehearse(domain: Domain, { log, signal }: Call): Promise<string | undefined> {
  log.info(`Rehearsing an order for ${domain} with the CA's staging directory.`);
  const args = ['run', ...dockerOptions, 'freehold/acme', '--check', domain];
  const onErrorLine = (line: string) => {
    if (line.endsWith('waiting for it to end.')) log.info(withoutPriority(line));
  };
  const { code, stderr } = await runProgram('docker', args, { signal, onErrorLine });
  return code === 0 ? undefined : (reasonIn(stderr) ?? `docker ended with exit code ${code}`);
}

/** The last sentence of acme or docker. After a refusal, docker prints a pointer to its help. */
export function reasonIn(stderr: string): string | undefined {
  const isReason = (line: string) => line !== '' && !line.includes("docker run --help'");
  return stderr.split('\n').map(withoutPriority).findLast(isReason);
}

function withoutPriority(line: string): string {
  return line.replace(/^<\d>/, '').trim();
}
