// The edge's and mail's units restart by themselves. If they keep ending, the pauses between grow, on every version of systemd.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage } from './fetch.ts';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';

const units = ['haproxy', 'haproxy-confd', 'postfix', 'postfix-config'];

/** Makes them end as soon as they start, or puts them right again. */
const breakAll = () =>
  shell(
    `for unit; do
       mkdir -p "/run/systemd/system/$unit.service.d"
       printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' >"/run/systemd/system/$unit.service.d/broken.conf"
     done
     systemctl daemon-reload && systemctl restart "$@"`,
    ...units,
  );
const repairAll = () =>
  shell(
    'for unit; do rm -rf "/run/systemd/system/$unit.service.d"; done; systemctl daemon-reload && systemctl restart "$@"',
    ...units,
  );

after(async () => {
  await repairAll();
  await waitFor('the edge to answer', async () => (await fetchPage('nobody.test')).status === 404);
});

/** When systemd has restarted it since a time (as of `date +%s.%N`), by its catalog, in seconds. */
async function restartsOf(unit: string, since: string): Promise<number[]> {
  const text = await shell(
    'journalctl --quiet --output json --since "@$1" _PID=1 MESSAGE_ID=5eb03494b6584870a536b337290809b3 "UNIT=$2.service"',
    since,
    unit,
  );
  const entries = text.split('\n').filter(Boolean);
  return entries.map((line) => Number(JSON.parse(line).__MONOTONIC_TIMESTAMP) / 1e6);
}

hostTest('units that keep ending are restarted after growing pauses', units, async (context) => {
  const since = await shell('date +%s.%N');
  await breakAll();
  for (const unit of units) {
    const times = await waitFor(`six restarts of ${unit}`, async () => {
      const found = await restartsOf(unit, since);
      return found.length >= 6 && found;
    });
    const pauses = times.slice(1, 6).map((time, index) => time - (times[index] as number));
    context.diagnostic(`${unit}: ${pauses.map((pause) => pause.toFixed(1)).join(' ')} s`);
    // 1, 2, 4 and 5 or 8 s, with what systemd waits itself.
    for (const [index, least] of [0, 1, 2, 4, 5].entries()) assert.ok((pauses[index] as number) >= least);
  }
});

hostTest('a restart that somebody asks for does not wait', units, async () => {
  await repairAll();
  const rests = await exec(['systemctl', 'show', '--property', 'NRestarts', '--value', ...units]);
  assert.deepEqual(rests.split(/\s+/), ['0', '0', '0', '0']);
});
