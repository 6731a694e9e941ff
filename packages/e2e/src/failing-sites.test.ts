// Sites that cannot start: their status states the reason, they are tried with growing delays, and a remedy
// is detected automatically.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { etcdctl, exec, hostName, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { startSampler, strayAnswers } from './sampler.ts';
import { domainsOf, markOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const [refused = '', stopped = '', git = '', sound = '', unstartable = '', ending = '', silent = ''] =
  domainsOf('failing', 7);
const units = [refused, stopped, git, sound, unstartable, ending, silent].flatMap((site) => [
  `*@${site}.service`,
]);
/** In whole seconds. */
const begun = Math.floor(Date.now() / 1000);

before(() => startSites([sound]));
after(async () => {
  for (const unit of Object.keys(broken)) await shell('rm -rf "/etc/systemd/system/$1.d"', unit);
  await exec(['systemctl', 'daemon-reload']);
  for (const site of [git, stopped])
    await exec([`${repository}/scripts/remove-site.sh`, site, '--delete-data']);
  await removeSites([refused, sound, unstartable, ending, silent]);
});

const statusOf = async (unit: string) =>
  (await tryExec(['systemctl', 'status', '--no-pager', '--full', '--lines', '20', unit])).stdout;
const timersOf = (site: string) =>
  shell('systemctl list-units --plain --no-legend "retry@*@$1.timer" | cut -d " " -f 1', site);

/** The times at which systemd began to start a unit since the first test, in seconds. */
async function startsOf(unit: string): Promise<number[]> {
  const script =
    'journalctl --quiet --no-pager --output short-unix --since "@$2" --unit "$1" | grep " Starting $1" || true';
  return (await shell(script, unit, String(begun))).split('\n').filter(Boolean).map(Number.parseFloat);
}

/** The times at which import was started for a site, in seconds. */
const triesOf = (site: string) => startsOf(`import@${site}.service`);

/** Units that fail in other ways than an import: by a setting that Docker refuses, a container that ends, no announcement. */
const broken: Readonly<Record<string, string>> = {
  [unitOf(unstartable)]: 'Environment=FREEHOLD_SITE_MEMORY=1',
  [unitOf(ending)]: 'ExecStartPost=docker kill static_%i',
  [`discovery@${silent}.service`]: 'ExecStart=\nExecStart=/bin/false',
};

async function startBroken(): Promise<void> {
  const script = 'd="/etc/systemd/system/$1.d"; mkdir -p "$d" && printf "[Service]\n$2\n" >"$d/broken.conf"';
  for (const [unit, lines] of Object.entries(broken)) await shell(script, unit, lines.replaceAll('%', '%%'));
  await exec(['systemctl', 'daemon-reload']);
  for (const site of [unstartable, ending, silent]) await tryExec(['systemctl', 'start', unitOf(site)]);
}

/** An invalid archive, and a start that fails. */
async function startRefused(site: string): Promise<void> {
  await shell('echo "no archive" >"/data/import/$1.zip"', site);
  assert.notEqual((await tryExec(['systemctl', 'enable', '--quiet', '--now', unitOf(site)])).code, 0);
}

hostTest(
  'the status of a site whose upload is refused states the reason, and when it is tried again',
  units,
  async () => {
    await startBroken();
    await startRefused(refused);
    await waitFor('the reason', async () => {
      const status = await statusOf(unitOf(refused));
      assert.match(
        status,
        new RegExp(
          `It is down, because import@${refused} has failed: Cannot import .*${refused}\\.zip: it is not a zip`,
        ),
      );
      assert.match(status, /It is retried at \d\d:\d\d:\d\d, and soon after a change of its files/);
      return true;
    });
  },
);

hostTest('whatever fails is tried with growing delays', units, async (context) => {
  for (const unit of [`import@${refused}.service`, ...Object.keys(broken)]) {
    const gaps = await waitFor(`a delay of more than 12 s before a try of ${unit}`, async () => {
      const tries = await startsOf(unit);
      const found = tries.slice(1).map((time, index) => time - (tries[index] as number));
      return found.some((gap) => gap > 12) && found;
    });
    context.diagnostic(`Seconds between tries of ${unit}: ${gaps.map((gap) => gap.toFixed(1)).join(' ')}`);
    // After 0.5, 5, 15 and 30 s, which a reload of systemd, as by `systemctl enable`, begins again.
    assert.ok(gaps.length <= 12, `${unit}: ${gaps}`);
  }
  await exec(['systemctl', 'stop', ...[unstartable, ending, silent].map(unitOf)]);
});

hostTest('a corrected upload is served without any typed command', units, async (context) => {
  const corrected = Date.now();
  // In one call: between two of them, a slow host would have started the site with a welcome page.
  await shell(
    'cd /data/import && mkdir -p ".$1/static/www-content" && echo "$2" >".$1/static/www-content/index.html" && rm "$1.zip" && mv ".$1" "$1"',
    refused,
    markOf(refused),
  );
  await untilServed([refused]);
  context.diagnostic(`It took ${((Date.now() - corrected) / 1000).toFixed(1)} s.`);
});

hostTest('a corrected GITURL is tried without a command', units, async () => {
  const write = (url: string) =>
    shell(
      'mkdir -p "/data/domains/$1/static-git" && echo "$2" >"/data/domains/$1/static-git/GITURL"',
      git,
      url,
    );
  const saysOf = (port: number) =>
    waitFor(`a try of port ${port}`, async () =>
      (await statusOf(`static-git@${git}`)).includes(
        `because gitpuller@${git} has failed: ${git} was not pulled from https://127.0.0.1:${port}/`,
      ),
    );
  await write('https://127.0.0.1:7/x.git main');
  await tryExec(['systemctl', 'start', `static-git@${git}`]);
  await saysOf(7);
  await write('https://127.0.0.1:9/x.git main');
  await saysOf(9);
});

hostTest('a stop ends the attempts', units, async () => {
  await startRefused(stopped);
  await waitFor('a timer', async () => (await timersOf(stopped)).includes(`retry@static@${stopped}.timer`));
  await exec(['systemctl', 'stop', unitOf(stopped)]);
  // systemctl waits for the unit; the stop of its timer is ordered after that.
  await waitFor('the end of its timer', async () => (await timersOf(stopped)) === '');
  const before = await triesOf(stopped);
  await shell('touch "/data/import/$1.zip"; sleep 6', stopped);
  assert.deepEqual(await triesOf(stopped), before);
});

hostTest('whatever happens to units of other apps, the served site is not affected', units, async () => {
  const record = () => etcdctl(['get', '--print-value-only', `/services/static/${sound}/${hostName}`]);
  const before = await record();
  await using sampler = startSampler([sound]);
  const apps = (await shell('cd /usr/local/lib/freehold/apps && basename --suffix .conf *.conf')).split('\n');
  assert.ok(apps.includes('static') && apps.length > 1, apps.join(' '));
  for (const app of apps.filter((one) => one !== 'static')) {
    const unit = `${app}@${sound}`;
    await exec(['systemctl', 'stop', unit]);
    await tryExec(['systemctl', 'start', unit]);
    await tryExec(['systemctl', 'enable', '--quiet', '--now', unit]);
    await exec(['systemctl', 'disable', '--quiet', '--now', unit]);
    await exec(['systemctl', 'mask', '--quiet', unit]);
    await exec(['systemctl', 'unmask', '--quiet', unit]);
  }
  assert.deepEqual(strayAnswers(await sampler.stop(), ['own page']), []);
  assert.equal(await record(), before);
  assert.equal(await shell('systemctl is-active "static@$1" "discovery@$1" | sort -u', sound), 'active');
});

hostTest('a start runs no import if there is nothing to do, but does after a change', units, async () => {
  const restartAndRead = async () => {
    const since = await shell('date +%s.%N');
    await exec(['systemctl', 'restart', unitOf(sound)]);
    await untilServed([sound]);
    return shell('journalctl --quiet --no-pager --output cat --since "@$2" --unit "import@$1"', sound, since);
  };
  await restartAndRead();
  assert.match(await restartAndRead(), /Skipped due to 'exec-condition'|Condition check/);
  assert.doesNotMatch(await restartAndRead(), /is kept/);
  await shell(
    'rm -r "/data/domains/$1/static/www-content" && mkdir -p "/data/import/$1/static/www-content" && echo "$2" >"/data/import/$1/static/www-content/index.html"',
    sound,
    markOf(sound),
  );
  assert.match(await restartAndRead(), /Imported the data/);
});
