// The rehearsal of an order, by the program acme: the whole process against the CA's staging directory.
import { lstat } from 'node:fs/promises';
import type { Domain } from '@freehold/core/domain';
import type { Environment } from '@freehold/core/settings';
import type { Call } from '../command.ts';
import { containerWords, reasonIn, withoutPriority } from './program-container.ts';
import { runProgram } from './run-program.ts';

/** As in unit-files/acme@.service. */
const options = ['--network', 'host', '--memory', '256m', '--pids-limit', '64'];
const volumes = [
  '/etc/freehold:/etc/freehold:ro',
  '/data/acme:/data/acme',
  '/data/domains:/data/domains',
  '/data/runtime/haproxy:/data/runtime/haproxy:ro',
  '/data/runtime/haproxy/acme:/data/runtime/haproxy/acme',
  '/data/runtime/haproxy/approved-certs:/data/runtime/haproxy/approved-certs',
  '/run/freehold/haproxy:/run/haproxy',
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
  const words = containerWords({ program: 'acme', args: ['--check', domain], options, volumes });
  const onErrorLine = (line: string) => {
    if (line.endsWith('waiting for it to end.')) log.info(withoutPriority(line));
  };
  const { code, stderr } = await runProgram('docker', words, { signal, onErrorLine });
  return code === 0 ? undefined : (reasonIn(stderr) ?? `docker ended with exit code ${code}`);
}
