// Restores a backup on standard input to this host: what scripts/host/restore.sh calls. It ends when nobody reads what it
// prints, and the next run does the rest.
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Program } from '@freehold/core/run-main';
import { type Request, type RestoringHost, runRestore } from '../../restore/run-restore.ts';
import { createReport } from '../deploy/clock.ts';
import { lastLine, listEntries, runEtcdctl } from '../etcd.ts';
import { type Host, readHost } from '../host.ts';
import { takeLock } from '../move/lock.ts';
import type { SiteHere } from '../move/site-here.ts';
import { outputOf } from '../run-program.ts';
import { scriptsFolder } from '../scripts-folder.ts';
import { changeHost, lookAtHost } from './host-acts.ts';
import { begun, imports, restoring, staged, tree } from './places.ts';
import { changeSite, lookAtSite, lookAtUpload, type RestoredSite, stage } from './site-acts.ts';
import { dropUnpacked, type UnpackedBackup, unpack } from './unpack.ts';

/**
 * '[--elsewhere DOMAIN=SERVER …] [--even-so] [DOMAIN …]'
 *
 * @throws FreeholdError if something is not restored; `usage` for wrong words.
 */
export async function restoreHost(words: readonly string[], program: Program): Promise<void> {
  const { env, log, signal } = program;
  const { request, evenSo } = parseWords(words);
  const host = await readHost({ args: [], options: {}, env, log, signal });
  await checkFolders(signal);
  await mkdir(begun, { recursive: true, mode: 0o700 });
  const lock = await takeLock(restoring, 0, signal);
  if (!lock) throw new FreeholdError('Another restore is under way on this host. Nothing was changed.');
  try {
    const backup = await unpack(signal);
    await runRestore(request, backup, restoringHost({ host, backup, evenSo, program }));
  } finally {
    await dropUnpacked();
    await lock.release();
  }
}

/** @throws FreeholdError `usage` */
export function parseWords(words: readonly string[]): { request: Request; evenSo: boolean } {
  const domains: string[] = [];
  const elsewhere = new Map<string, string>();
  let evenSo = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--even-so') evenSo = true;
    else if (word === '--elsewhere') {
      at += 1;
      const [, domain = '', server = ''] = /^([^=]*)=(.*)$/s.exec(words[at] ?? '') ?? [];
      if (server === '') throw usage("Option '--elsewhere' requires a value, DOMAIN=SERVER.");
      elsewhere.set(parseCanonicalDomain(domain), server);
    } else if (word.startsWith('-')) throw usage(`Unknown option '${word}'.`);
    else domains.push(parseCanonicalDomain(word));
  }
  return { request: { domains, elsewhere }, evenSo };
}

const usage = (reason: string) =>
  new FreeholdError(`${reason} See 'scripts/host/restore.sh --help'.`, { code: 'usage' });

/** import sees /data and nothing else. */
async function checkFolders(signal: AbortSignal): Promise<void> {
  for (const folder of ['/data/domains', imports]) {
    const target = (await outputOf('readlink', ['--canonicalize-missing', folder], { signal })).trimEnd();
    if (`${target}/`.startsWith('/data/')) continue;
    throw new FreeholdError(
      `Cannot restore to ${folder}: it is a symbolic link to ${target}, outside of /data, where import cannot write. Mount the volume at ${folder} instead of the link. Nothing was changed.`,
    );
  }
}

interface Here {
  readonly host: Host;
  readonly backup: UnpackedBackup;
  readonly evenSo: boolean;
  readonly program: Program;
}

function restoringHost({ host, backup, evenSo, program: { env, signal } }: Here): RestoringHost {
  const report = createReport(env);
  const scripts = scriptsFolder(env);
  const restored = (name: string): RestoredSite => {
    const domain = name as Domain;
    const notes = `/data/moving/${domain}`;
    const site: SiteHere = {
      ...{ domain, host, scripts, notes, signal },
      report: (sentence) => report(sentence, 'failure'),
    };
    return { site, backup, evenSo };
  };
  return {
    signal,
    report: ({ sentence, kind }) => report(sentence, kind),
    isMember: host.settings.FREEHOLD_ETCD_CERT !== undefined,
    lookAtHost: () => lookAtHost(host.settings.FREEHOLD_HOST),
    changeHost: (operation) => changeHost(operation, signal),
    lookAtSite: (site) => lookAtSite(restored(site.name), site),
    changeSite: (site, operation) => changeSite(restored(site.name), site, operation),
    lookAtUpload: (domain) => lookAtUpload(restored(domain)),
    placeUpload: async (name) => {
      await stage(join(tree, 'import', name), staged(name), signal);
      await rename(staged(name), join(imports, name));
    },
    forwardsHere: async () => {
      const entries = await listEntries(host.settings, '/mail/', signal);
      return new Map(entries.map(({ key, value }) => [key, value]));
    },
    writeForward: async ({ key, value }) => {
      const { code, stderr } = await runEtcdctl(host.settings, ['put', '--', key, value], signal);
      if (code !== 0) throw new FreeholdError(`Cannot write ${key} to etcd: ${lastLine(stderr)}`);
    },
  };
}
