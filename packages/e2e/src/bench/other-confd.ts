// kelseyhightower's confd, for comparison: the time from the put of a site's record until it has written its file. It has no
// certificates to look at, and nothing is reloaded.
import { readFile } from 'node:fs/promises';
import { connectEtcd } from '@freehold/core/etcd';
import { startEtcd } from '@freehold/testing/etcd-server';
import { findOtherConfd, startOtherConfd } from '@freehold/testing/other-confd';
import { temporaryFolder } from '@freehold/testing/temporary-folder';
import { waitFor } from '@freehold/testing/wait-for';
import { median90, printFigure } from './figures.ts';
import { recordKey, recordValue, siteName } from './secured-edge.ts';

const rounds = 30;

/** Prints one line: the figures, or that there is no such program on the PATH. */
export async function benchOtherConfd(sites: number): Promise<void> {
  const confd = await findOtherConfd(process.env.PATH ?? '');
  if (!confd) return printFigure("  kelseyhightower's confd", 'skipped: no confd on the PATH');
  await using stack = new AsyncDisposableStack();
  const server = await startEtcd();
  stack.defer(() => server.remove());
  const etcd = connectEtcd({ endpoints: [server.endpoint] });
  stack.defer(() => etcd.close());
  const root = await temporaryFolder();
  stack.defer(() => root.remove());
  for (let first = 0; first < sites; first += 500) {
    const some = Array.from({ length: Math.min(500, sites - first) }, (_, index) => siteName(first + index));
    await waitFor('etcd to take the records', () =>
      Promise.all(some.map((name) => etcd.put(recordKey(name), recordValue(1)))),
    );
  }
  const { target } = stack.use(await startOtherConfd({ confd, etcd: server.endpoint, folder: root.path }));
  const until = (text: string) =>
    waitFor('its file', async () => (await readFile(target, 'utf8')).includes(text), { everyMs: 1 });
  await until(`backend ${siteName(sites - 1)}\n`);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const port = 10_000 + round;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    await etcd.put(recordKey(siteName(round)), recordValue(port));
    await until(`:${port}\n`);
    times.push(performance.now() - begun);
  }
  printFigure(`  confd ${confd.version}: put to its file, without a reload`, median90(times));
}
