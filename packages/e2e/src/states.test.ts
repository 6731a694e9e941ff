import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage, untilStatus } from './fetch.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { addressOf, domainsOf, markOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';
import { testTake } from './taken-site.ts';

const [site = '', neighbour = '', scripted = ''] = domainsOf('states', 3);
const units = [unitOf(site), `discovery@${site}`, 'haproxy', 'haproxy-confd'];
type Row = { domain: string; check: string | null };
const script = (name: string, ...args: string[]) => exec([`${repository}/scripts/${name}`, ...args]);

before(() => startSites([site, neighbour]));
after(() => removeSites([site, neighbour, scripted]));

hostTest('an unknown name gets 404 and a page that explains it', units, async () => {
  const answer = await fetchPage('nobody.test');
  assert.equal(answer.status, 404);
  assert.match(answer.body, /no site with this name/i);
});

hostTest('a stopped site gets 503 with Retry-After, and another site is not affected', units, async () => {
  await using sampler = startSampler([neighbour]);
  await exec(['systemctl', 'stop', unitOf(site)]);
  const stopped = await fetchPage(site);
  assert.equal(stopped.status, 503);
  assert.ok(Number(stopped.headers['retry-after']) > 0);
  assert.doesNotMatch(stopped.body, /no site with this name/i);
  await exec(['systemctl', 'start', unitOf(site)]);
  await untilServed([site]);
  assert.deepEqual(strayAnswers(await sampler.stop(), ['own page']), []);
});

hostTest('during restarts a site gets its own page or 503, and never 404', units, async () => {
  await using own = startSampler([site], 10);
  await using other = startSampler([neighbour]);
  for (let round = 0; round < 3; round++) {
    await exec(['systemctl', 'restart', unitOf(site)]);
    await untilServed([site]);
  }
  const tallies = await own.stop();
  assert.deepEqual(strayAnswers(tallies, ['own page', '503']), []);
  assert.ok((tallies.get(site)?.get('503') ?? 0) > 0, 'the restarts were noticed');
  assert.deepEqual(strayAnswers(await other.stop(), ['own page']), []);
});

hostTest('requests in progress when a site stops are completed', units, async () => {
  await shell('head -c 3000000 /dev/zero >"/data/domains/$1/static/www-content/large.bin"', site);
  // 2 MB/s: a second and a half for the file, which is within the drain of two seconds.
  const limited =
    'curl --silent --show-error --fail --limit-rate 2M -o /dev/null -w "%{size_download}" -H "Host: $1" http://127.0.0.1/large.bin';
  const download = shell(limited, site);
  await exec(['systemctl', 'stop', unitOf(site)]);
  assert.equal(await download, '3000000');
  assert.equal((await fetchPage(site)).status, 503);
  await exec(['systemctl', 'start', unitOf(site)]);
  await untilServed([site]);
});

hostTest('a stop does not wait if no request is in progress', units, async () => {
  // For its first seconds a site has a spare backend in HAProxy, whose requests cannot be attributed to it.
  await waitFor('HAProxy to have the site by its name', async () => {
    const rows: Row[] = JSON.parse(await script('list-sites.sh', '--json'));
    return rows.find(({ domain }) => domain === site)?.check?.startsWith('UP');
  });
  await exec(['systemctl', 'stop', unitOf(site)]);
  assert.match(
    await shell('journalctl --quiet --unit "discovery@$1" --lines 5', site),
    /No request is in progress/,
  );
  await exec(['systemctl', 'start', unitOf(site)]);
  await untilServed([site]);
});

hostTest(
  'add-site.sh adds a site, list-sites.sh shows it, remove-site.sh ends it with 404',
  units,
  async () => {
    await using sampler = startSampler([neighbour]);
    await shell('mkdir -p /tmp/pages && echo "$1" >/tmp/pages/index.html', markOf(scripted));
    await script('add-site.sh', scripted, '--from', '/tmp/pages');
    assert.match((await fetchPage(scripted)).body, new RegExp(markOf(scripted)));
    // For its first seconds a site has a spare backend in HAProxy, which is not listed by its name.
    const row = await waitFor('its check to be listed', async () => {
      const listed: Row[] = JSON.parse(await script('list-sites.sh', '--json'));
      return listed.find(({ domain, check }) => domain === scripted && check?.startsWith('UP'));
    });
    const backend = `${await addressOf(scripted)}:80`;
    const { check: _, ...rest } = row;
    assert.deepEqual(rest, {
      domain: scripted,
      app: 'static',
      unit: 'active',
      backend,
      certificateEnds: null,
    });
    assert.match(
      await script('list-sites.sh'),
      new RegExp(`^${scripted} +static +active +${backend} +UP`, 'm'),
    );
    await script('remove-site.sh', scripted);
    await untilStatus(scripted, 404);
    assert.doesNotMatch(await script('list-sites.sh'), new RegExp(scripted));
    assert.deepEqual(strayAnswers(await sampler.stop(), ['own page']), []);
  },
);

hostTest('add-site.sh run again restores a removed site with its data', units, async () => {
  await script('add-site.sh', scripted);
  await untilServed([scripted]);
  await script('remove-site.sh', scripted, '--delete-data');
  await untilStatus(scripted, 404);
  assert.equal(
    await shell('ls -d /data/{domains,import,runtime/domains}/"$1" 2>/dev/null || true', scripted),
    '',
  );
});

testTake('/dev/shm');

hostTest('an upload with an unknown ending leads to an error instead of a welcome page', units, async () => {
  await shell('echo x >"/data/import/www.$1.rar"', scripted);
  const { code, stderr } = await tryExec([`${repository}/scripts/add-site.sh`, scripted]);
  await shell('rm "/data/import/www.$1.rar"', scripted);
  assert.equal(code, 1);
  assert.match(stderr, /www\.\S+\.rar was not imported: its name ends in "\.rar"[\s\S]*Repack it with: tar/);
  assert.equal((await fetchPage(scripted)).status, 404);
});

hostTest('an invalid domain is refused with a message and exit code 2', units, async () => {
  for (const name of ['add-site.sh', 'remove-site.sh']) {
    for (const domain of ['nodots', 'UPPER.test', '../etc.test', 'a b.test', '10.0.0.1']) {
      const { code, stderr } = await tryExec([`${repository}/scripts/${name}`, domain]);
      assert.equal(code, 2, `${name} ${domain}: ${stderr}`);
    }
  }
});
