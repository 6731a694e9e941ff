// At boot a few sites start at a time, and a manual start does not wait for them. Without a reboot: what
// start-sites.service does then can be asked for at any time.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

/** So many start at a time; a few more are to start. */
const turns = 2 * availableParallelism();
const enabled = domainsOf('order', turns + 4);
const manual = 'manual.test';
const all = [...enabled, manual];

before(() => startSites(all));
after(() => removeSites(all));

interface Start {
  readonly unit: string;
  readonly begun: number;
  readonly done: number;
}

/** When sites began to start and had started since a time (as of `date +%s.%N`), in microseconds, by systemd's catalog. */
async function startsSince(since: string): Promise<Start[]> {
  const text = await shell(
    'journalctl --quiet --output json --since "@$1" _PID=1 MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5 MESSAGE_ID=39f53479d3a045ac8e11786248231fbf',
    since,
  );
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const times = (unit: string) =>
    entries.filter(({ UNIT }) => UNIT === unit).map((entry) => Number(entry.__MONOTONIC_TIMESTAMP));
  return all.flatMap((site) => {
    const unit = unitOf(site);
    const [begun, done] = times(unit);
    return begun === undefined || done === undefined ? [] : [{ unit, begun, done }];
  });
}

/** How many were starting at the moment at which this one began to. */
const together = (one: Start, starts: readonly Start[]) =>
  starts.filter(({ begun, done }) => begun <= one.begun && one.begun < done).length;

hostTest(
  'sites start a few at a time at boot, and one that is started manually goes first',
  ['start-sites'],
  async () => {
    await exec(['systemctl', 'disable', '--quiet', unitOf(manual)]);
    await exec(['systemctl', 'stop', ...all.map(unitOf)]);
    const since = await shell('date +%s.%N');
    await shell(
      `touch /run/freehold/booting
     systemctl start ${unitOf(enabled[0] ?? '')}
     [ "$(systemctl is-active ${unitOf(enabled[0] ?? '')})" = inactive ]
     systemctl restart start-sites
     while [ -e /run/freehold/booting ]; do sleep 0.05; done
     systemctl start ${unitOf(manual)}`,
    );
    await untilServed(all);
    const starts = await waitFor('the journal to have all of them', async () => {
      const found = await startsSince(since);
      return found.length === all.length && found;
    });
    const byBoot = starts.filter(({ unit }) => unit !== unitOf(manual));
    const most = Math.max(...byBoot.map((one) => together(one, byBoot)));
    assert.ok(most <= turns, `${most} at once, of ${turns}`);
    const last = Math.max(...byBoot.map(({ begun }) => begun));
    assert.ok(Math.min(...byBoot.map(({ done }) => done)) < last, 'the first does not wait for the last');
    const own = starts.find(({ unit }) => unit === unitOf(manual));
    assert.ok((own?.begun ?? Infinity) < last, 'nor does the one that is started manually');
  },
);
