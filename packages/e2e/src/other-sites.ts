// Visitors of one site, and a long-lived connection, while other sites come and go.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { untilStatus } from './fetch.ts';
import { exec } from './host.ts';
import { hostTest } from './host-test.ts';
import { domainsOf, inBatches, removeSites, startSites, unitOf, untilServed } from './sites.ts';
import { removeUpgradeBackend, startUpgradeBackend, upgrade } from './upgrade-backend.ts';
import { startVisitors } from './visitors.ts';

const visited = 'visited.test';
const echo = 'echo.test';

/**
 * A test that no request fails and no connection ends while this many other sites are started, restarted and
 * stopped.
 */
export function testOtherSites(count: number): void {
  const others = domainsOf('load', count);
  const systemctl = (verb: string) =>
    inBatches(others, (some) => exec(['systemctl', verb, ...some.map(unitOf)]));

  before(async () => {
    await startSites([visited]);
    await startUpgradeBackend(echo);
  });
  after(async () => {
    await removeUpgradeBackend(echo);
    await removeSites([visited, ...others]);
  });

  hostTest(
    `no request fails and no connection ends while ${count} other sites are started, restarted and stopped`,
    ['haproxy', 'haproxy-confd'],
    async (context) => {
      using connection = await upgrade(echo);
      assert.equal(await connection.echo('before'), 'before');
      await using regulars = startVisitors({ domain: visited, connections: 4, perSecond: 100 });
      await using newcomers = startVisitors({ domain: visited, connections: 2, perSecond: 40, fresh: true });
      await startSites(others);
      assert.equal(await connection.echo('all started'), 'all started');
      await systemctl('restart');
      await untilServed(others);
      assert.equal(await connection.echo('all restarted'), 'all restarted');
      await systemctl('stop');
      for (const site of others) await untilStatus(site, 503);
      for (const crowd of [regulars, newcomers]) {
        const { statuses, errors } = await crowd.stop();
        context.diagnostic(`Answers by status: ${JSON.stringify([...statuses])}`);
        assert.equal(errors, '');
        assert.deepEqual([...statuses.keys()], [200]);
      }
      assert.equal(await connection.echo('all stopped'), 'all stopped');
    },
  );
}
