import { readlink } from 'node:fs/promises';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { type Host, readHost } from '../edge/host.ts';
import { type ContainerCall, passProgram } from '../edge/program-container.ts';
import { commitOf } from '../host/worktree.ts';

/** Serves another commit of a git site: the given one or, without one, the commit that was served before. */
export async function rollBackSite(call: Call): Promise<void> {
  const [name = '', wanted] = call.args;
  const domain = parseCanonicalDomain(name);
  // As gitpuller accepts it.
  if (wanted !== undefined && !/^[0-9a-f]{4,64}$/.test(wanted))
    throw new FreeholdError(`'${wanted}' is not a commit: 4 to 64 hexadecimal digits are required.`, {
      code: 'usage',
    });
  const host = await readHost(call);
  const served = await readCommit(domain, 'www-content');
  if (served === undefined) throw new FreeholdError(`${domain} is not a git site that this host has served.`);
  const commit = wanted ?? (await readCommit(domain, 'previous'));
  if (commit === undefined) {
    throw new FreeholdError(
      `${domain} has had only one commit so far. To choose another one: freehold site roll-back ${domain} COMMIT`,
    );
  }
  if (call.options.dryRun) {
    process.stdout.write(`${domain} would serve ${commit} instead of ${served}. Nothing was changed.\n`);
    return;
  }
  await passProgram(pullOf(domain, commit, host, call)).catch(async (cause: unknown) => {
    call.signal.throwIfAborted();
    throw new FreeholdError(
      `${reasonOf(cause)} ${domain} still serves ${await readCommit(domain, 'www-content')}.`,
      { cause, code: cause instanceof FreeholdError ? cause.code : 'failed' },
    );
  });
}

const folderOf = (domain: Domain) => `/data/runtime/domains/${domain}/static-git`;

async function readCommit(domain: Domain, link: string): Promise<string | undefined> {
  return readlink(`${folderOf(domain)}/${link}`).then(commitOf, () => undefined);
}

/** One run of gitpuller, as in unit-files/gitpuller@.service. */
function pullOf(domain: Domain, commit: string, { env }: Host, { signal }: Call): ContainerCall {
  const { FREEHOLD_GIT_REPOSITORIES: repositories } = env;
  const readable = [`/data/domains/${domain}`, '/etc/ssl/certs', ...(repositories ? [repositories] : [])];
  const options = ['--network', 'freehold', '--tmpfs', '/tmp', '--memory', '512m', '--pids-limit', '64'];
  return {
    program: 'gitpuller',
    args: [domain, '--to', commit],
    options,
    volumes: [
      ...readable.map((folder) => `${folder}:${folder}:ro`),
      `${folderOf(domain)}:${folderOf(domain)}`,
    ],
    signal,
  };
}
