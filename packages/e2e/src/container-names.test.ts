// For one release: sites whose containers still have the name APP-DOMAIN. Goes with
// scripts/container-names.sh.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { removeSites, startSites, unitOf, untilServed } from './sites.ts';

// Its former container has the former name of the one of static-git@names.test.
const site = 'git-names.test';
const former = `static-${site}`;
const current = `static_${site}`;
const units = [unitOf(site), 'container-names', 'docker'];
const setUp = () => exec([`${repository}/scripts/setup.sh`, hostName]);

before(() => startSites([site]));
after(async () => {
  await setUp();
  await removeSites([site]);
});

/** The names and ids of the site's containers, running or not. */
const containers = (): Promise<string> =>
  shell(
    `docker ps --all --no-trunc --filter "label=OBJECT_SYSTEMD_UNIT=$1" --format '{{.Names}} {{.State}} {{.ID}}'`,
    unitOf(site),
  );

/** The files that setup.sh of the previous release installs. */
const rollBack = () =>
  shell(`
    cd /etc/systemd/system
    sed --in-place --regexp-extended '/container-names/d; s/\\b([a-z-]+)_%i/\\1-%i/g' *@.service
    echo >>/usr/local/lib/freehold/dump-site.sh
    systemctl daemon-reload`);

hostTest(
  'an upgrade and a roll-back rename the containers of running sites, and a restart after each finds them',
  units,
  async () => {
    const id = (await containers()).split(' ')[2];
    await rollBack();
    await waitFor('the former name', async () => (await containers()) === `${former} running ${id}`);
    await untilServed([site]);
    await exec(['systemctl', 'restart', unitOf(site)]);
    await untilServed([site]);
    const restarted = (await containers()).split(' ')[2];
    assert.notEqual(restarted, id);
    assert.equal(await containers(), `${former} running ${restarted}`);
    await setUp();
    assert.equal(await containers(), `${current} running ${restarted}`);
    await exec(['systemctl', 'restart', unitOf(site)]);
    assert.match(await containers(), new RegExp(`^${current} running [0-9a-f]+$`));
    await untilServed([site]);
  },
);

hostTest(
  'an upgrade takes over a site that has run since before units wrote down its container',
  units,
  async () => {
    const file = `/run/freehold/containers/${site}`;
    const [before, described] = [await containers(), await exec(['cat', file])];
    await exec(['rm', file, `/run/freehold/senders/${site}`]);
    await setUp();
    assert.equal(await containers(), before);
    assert.equal(await exec(['cat', file]), described);
    await exec(['systemctl', 'restart', `discovery@${site}`]);
    await untilServed([site]);
  },
);

hostTest(
  'a unit stops the container that it started under its former name, and no other',
  units,
  async () => {
    const script = '/usr/local/lib/freehold/container-names.sh';
    await exec(['docker', 'rename', current, former]);
    const before = await containers();
    await exec(['bash', script, 'static-git@names.test.service', 'static-git_names.test', '--stop']);
    assert.equal(await containers(), before, "the other unit's");
    await exec(['systemctl', 'stop', unitOf(site)]);
    assert.equal(await containers(), '');
    // As if the machine had lost power before the upgrade was done.
    const labels = ['--label', `OBJECT_SYSTEMD_UNIT=${unitOf(site)}`, '--env', `DOMAIN=${site}`];
    await exec([
      'docker',
      'run',
      '--detach',
      '--name',
      former,
      ...labels,
      '--pull',
      'never',
      'freehold/static',
    ]);
    const left = (await containers()).split(' ')[2];
    // As start-sites does at boot.
    await exec(['bash', script]);
    assert.equal(await containers(), `${current} running ${left}`);
    await exec(['systemctl', 'start', unitOf(site)]);
    const started = await containers();
    assert.match(started, new RegExp(`^${current} running [0-9a-f]+$`));
    assert.notEqual(started, `${current} running ${left}`, 'what an earlier run has left is replaced');
    await untilServed([site]);
  },
);
