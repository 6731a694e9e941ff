import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Call, Row } from '../command.ts';
import { listContainers } from '../edge/docker.ts';
import { type Host, readHost } from '../edge/host.ts';
import { readSnapshot } from '../edge/read-snapshot.ts';
import { joinSites, type Site } from '../host/sites.ts';
import { programUnits, statusOf } from '../host/status.ts';

export async function readStatus(call: Call): Promise<Row[]> {
  const host = await readHost(call);
  const containers = listContainers(call.signal).catch(() => []);
  const snapshot = await readSnapshot(
    host,
    call,
    programUnits.map((name) => `${name}.service`),
  );
  const sites = joinSites(snapshot);
  const { bavail, blocks, bsize } = await statfs('/data');
  return [
    statusOf({
      host: host.settings.FREEHOLD_HOST,
      version: host.settings.FREEHOLD_VERSION,
      sites,
      units: snapshot.units,
      containers: await containers,
      disk: { freeBytes: bavail * bsize, totalBytes: blocks * bsize },
      dumps: await readDumps(host, sites),
      now: new Date(),
    }),
  ];
}

/** When the database of each site was dumped last: the time of the file that its app declares (Dump=). */
async function readDumps({ apps }: Host, sites: readonly Site[]): Promise<Map<string, Date | undefined>> {
  const dates = sites.flatMap(({ domain, app }) => {
    const [file] = apps.get(app)?.get('Dump') ?? [];
    if (file === undefined) return [];
    const found = stat(join('/data/domains', domain, file)).catch(() => undefined);
    return [found.then((stats) => [domain, stats?.mtime] as const)];
  });
  return new Map(await Promise.all(dates));
}
