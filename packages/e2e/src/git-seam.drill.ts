// 200 pulls while somebody reads: no request fails, and pages read together belong to one commit.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type GitRemote, removeGitRemote, startGitRemote } from './git-remote.ts';
import { pull, pullOf, removeGitSites, startGitSite, stateOf, unitOfGit, untilState } from './git-sites.ts';
import { exec } from './host.ts';
import { hostTest } from './host-test.ts';

const site = 'seam.test';
const units = [unitOfGit(site), pullOf(site)];
const pulls = 200;
let remote: GitRemote;

before(async () => {
  remote = await startGitRemote();
  await remote.commit('1000');
  await startGitSite(site, remote.urls.https);
  await untilState(site, '1000');
  await exec(['systemctl', 'stop', `gitpuller@${site}.timer`]);
});
after(async () => {
  await removeGitSites([site]);
  await removeGitRemote();
});

interface Reader extends AsyncDisposable {
  readonly counts: { pairs: number; swaps: number };
  readonly faults: string[];
}

/**
 * Reads one page, then another, again and again. A pair is of one commit, unless the new commit came between the two:
 * then the second page is the newer one, and the first page, read again, is too.
 */
function startReader(): Reader {
  const counts = { pairs: 0, swaps: 0 };
  const faults: string[] = [];
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      try {
        const fault = await readPair(counts);
        if (fault) faults.push(fault);
        // Otherwise this alone keeps a processor busy, and each pull takes twice as long.
        await setTimeout(5);
      } catch (error) {
        faults.push(String(error));
      }
    }
  })();
  return {
    counts,
    faults,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await loop;
    },
  };
}

async function readPair(counts: Reader['counts']): Promise<string | undefined> {
  const first = Number(await stateOf(site, '/'));
  const second = Number(await stateOf(site, '/deep/er/page.html'));
  counts.pairs += 1;
  if (first === second) return undefined;
  counts.swaps += 1;
  const again = Number(await stateOf(site, '/'));
  if (second < first || again < second)
    return `/ was ${first}, then the other page ${second}, then / ${again}`;
  return undefined;
}

hostTest('200 successive pulls show a reader no mixture and no failure', units, async (context) => {
  await using reader = startReader();
  for (let state = 1001; state <= 1000 + pulls; state += 1) {
    await remote.commit(String(state));
    const { ok, said } = await pull(site);
    assert.ok(ok, said);
    assert.equal(await stateOf(site), String(state), said);
  }
  const { pairs, swaps } = reader.counts;
  context.diagnostic(
    `${pairs} pairs were read during ${pulls} pulls; in ${swaps} the new commit came between`,
  );
  assert.ok(pairs > pulls, `${pairs} pairs`);
  assert.deepEqual(reader.faults, []);
});
