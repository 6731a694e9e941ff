// HAProxy answers challenges from a map with the account's thumbprint (packages/confd/src/acme-challenge.ts): the file is
// for its next start, and the running one is told by its admin socket.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';
import { reasonOf } from '@freehold/core/error';
import { explained } from '@freehold/core/explain-disk';
import type { Log } from '@freehold/core/log';
import { writeAtomic } from '@freehold/core/write-atomic';

export async function publishThumbprint(options: {
  map: string;
  sockets: string;
  thumbprint: string;
  log: Log;
}): Promise<void> {
  const { map, sockets, thumbprint, log } = options;
  const text = `thumbprint ${thumbprint}\n`;
  await explained(`Cannot write ${map}`, async () => {
    if ((await readFile(map, 'utf8').catch(() => '')) === text) return;
    await mkdir(dirname(map), { recursive: true });
    await writeAtomic(map, text);
  });
  const ask = (line: string) =>
    askSocket(join(sockets, 'admin.sock'), line, { who: 'HAProxy', withinMs: 5000 });
  try {
    const shown = await ask(`show map ${map}`);
    if (shown.includes(` thumbprint ${thumbprint}\n`)) return;
    const has = / thumbprint /.test(shown);
    const answer = (await ask(`${has ? 'set' : 'add'} map ${map} thumbprint ${thumbprint}`)).trim();
    if (answer !== '') log.warning(`HAProxy does not answer challenges of CAs: ${answer}`);
  } catch (error) {
    // It is not running, and reads the file when it starts.
    if (['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    log.warning(
      `HAProxy did not receive the thumbprint, so it does not answer challenges of CAs yet: ${reasonOf(error)}.`,
    );
  }
}
