// Two WordPress sites side by side: neither can reach the other's data.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { exec, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { removeWordpress, startWordpress, unitsOf } from './wordpress-sites.ts';

const [site, neighbour] = ['one-blog.test', 'two-blog.test'] as const;
const units = [...unitsOf(site), ...unitsOf(neighbour)];

before(() => Promise.all([startWordpress(site), startWordpress(neighbour)]));
after(() => removeWordpress(site, neighbour));

/** Runs PHP in a site's container, as one of its plugins would. */
const php = async (code: string) =>
  (await tryExec(['docker', 'exec', '--interactive', `wordpress_${site}`, 'php'], `<?php ${code}`)).stdout;
const inspect = async (container: string) => JSON.parse(await exec(['docker', 'inspect', container]))[0];

hostTest('the database of a site answers on no network', units, async () => {
  const { HostConfig, State } = await inspect(`mysql_${site}`);
  assert.equal(HostConfig.NetworkMode, 'none');
  const listening = await shell('nsenter --target "$1" --net ss --no-header -ltun', String(State.Pid));
  assert.equal(listening, '');
  assert.equal(
    await shell(
      'nsenter --target "$1" --net ip -oneline address | grep -cv " lo " || true',
      String(State.Pid),
    ),
    '0',
  );
});

hostTest(
  'a site reaches its own database, but neither the port nor the database of the other',
  units,
  async () => {
    const login = `mysqli_report(0); $db = @mysqli_connect('localhost', getenv('DB_USER'), getenv('DB_PASS'), 'wordpress');`;
    assert.equal(await php(`${login} echo $db ? 'in' : 'out';`), 'in', 'the probe works');
    assert.equal(
      await php(`${login} foreach ($db->query('SHOW DATABASES') as $row) echo $row['Database'], ' ';`),
      'information_schema wordpress ',
    );
    const secret = await shell('sed -n "s/^DB_PASS=//p" "/data/domains/$1/wordpress/.env"', neighbour);
    const foreign = `mysqli_report(0); echo @mysqli_connect('localhost', 'wordpress', '${secret}') ? 'in' : 'out';`;
    assert.equal(await php(foreign), 'out', "the other site's password is refused here");
    const { NetworkSettings } = await inspect(`wordpress_${neighbour}`);
    const address = NetworkSettings.Networks.freehold.IPAddress;
    const reach = (at: string) => php(`echo @fsockopen('${at}', 80, $number, $text, 2) ? 'reached' : 'not';`);
    assert.equal(await reach('172.30.0.1'), 'reached', 'the edge');
    assert.equal(await reach(address), 'not');
  },
);

hostTest(
  'no container has anything of another domain, or can change its own configuration',
  units,
  async () => {
    for (const app of ['wordpress', 'mysql']) {
      const { HostConfig, Mounts, Config } = await inspect(`${app}_${site}`);
      assert.deepEqual(HostConfig.CapDrop, ['ALL']);
      assert.equal(HostConfig.ReadonlyRootfs, true);
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges']);
      assert.match(Config.User, /^[1-9]\d*:/);
      const paths: string[] = Mounts.map((mount: { Source: string }) => mount.Source);
      assert.ok(
        paths.every((path) => path.includes(`/${site}`)),
        paths.join(),
      );
      assert.ok(
        !paths.includes(`/data/domains/${site}`) && !paths.includes(`/data/domains/${site}/wordpress`),
      );
    }
    assert.equal(
      await php(`echo implode(' ', array_diff(scandir('/run/mysqld'), ['.', '..']));`),
      'mysqld.sock',
    );
  },
);
