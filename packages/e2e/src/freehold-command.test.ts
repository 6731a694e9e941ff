// The command freehold on a host: reads, a site's own limits, and completion.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { exec, hostName, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';
import { removeSites, startSites, unitOf } from './sites.ts';

const site = 'command-f.test';
const units = [unitOf(site), `import@${site}`, `discovery@${site}`];

const freehold = (...args: string[]) => tryExec(['freehold', ...args]);

async function jsonOf(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await freehold(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

type Row = Record<string, unknown>;
const memoryOf = async () =>
  Number(await exec(['docker', 'inspect', '--format', '{{.HostConfig.Memory}}', `static_${site}`]));
const limitOf = async (name: string) =>
  ((await jsonOf('site', 'show', site)) as { limits: Row[] }).limits.find((one) => one.name === name);

before(() => startSites([site]));
after(async () => {
  await shell('rm -rf "/etc/systemd/system/static@$1.service.d"; systemctl daemon-reload', site);
  await removeSites([site]);
});

hostTest('site list shows the same as list-sites.sh', units, async () => {
  const rows = (await jsonOf('site', 'list')) as Row[];
  const found = rows.find(({ domain }) => domain === site);
  assert.match(String(found?.backend), /^172\.30\.\d+\.\d+:\d+$/);
  // HAProxy may not have checked it often enough yet, as in UP:1/2:INI.
  assert.match(String(found?.check), /^UP:/);
  const { backend: _backend, check: _check, ...rest } = found ?? {};
  assert.deepEqual(rest, { domain: site, app: 'static', unit: 'active', certificateEnds: null });
  const former = JSON.parse(await exec(['/opt/freehold/scripts/list-sites.sh', '--json'])) as Row[];
  // Between the two calls, HAProxy may have checked a site once more.
  const withoutCheck = (some: Row[]) => some.map((row) => ({ ...row, check: '' }));
  assert.deepEqual(withoutCheck(rows), withoutCheck(former));
  const table = (await freehold('site', 'list')).stdout;
  assert.match(table, /^DOMAIN +APP +UNIT +BACKEND +CHECK +CERTIFICATE$/m);
});

hostTest('status fits on one screen, and contains a site that has failed', units, async () => {
  const status = (await jsonOf('status')) as Row & { programs: Row[]; unhealthy: Row[] };
  assert.equal(status.host, hostName);
  assert.ok(
    status.programs.every(({ isWell }) => isWell === true),
    JSON.stringify(status.programs),
  );
  assert.ok(Number(status.serving) >= 1);
  await exec(['systemctl', 'stop', 'haproxy-confd']);
  try {
    const { code, stdout, stderr } = await freehold('status');
    assert.equal(code, 1);
    assert.match(stdout, /haproxy-confd is not running/);
    assert.match(stderr, /has problems: haproxy-confd down/);
  } finally {
    await exec(['systemctl', 'start', 'haproxy-confd']);
  }
});

hostTest("a site's own limit overrides host.env, from its next start on", units, async () => {
  // With its time: setup.sh restarts units that are older than the file.
  await shell(
    'cp --preserve /etc/freehold/host.env /root/; echo FREEHOLD_SITE_MEMORY=48m >>/etc/freehold/host.env',
  );
  try {
    const dry = await freehold('site', 'set', site, 'memory=96m', '--dry-run');
    assert.match(dry.stdout, /^Would write .*limits\.conf$/m);
    assert.equal((await limitOf('memory'))?.origin, '/etc/freehold/host.env');
    const { code, stdout, stderr } = await freehold('site', 'set', site, 'memory=96m');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`systemctl restart static@${site}`));
    const before = await limitOf('memory');
    assert.deepEqual([before?.value, before?.running], ['96m', '64m']);
    await exec(['systemctl', 'restart', unitOf(site)]);
    assert.equal(await memoryOf(), 96 * 1024 ** 2);
    const folder = `/etc/systemd/system/static@${site}.service.d`;
    assert.equal((await limitOf('memory'))?.origin, `${folder}/limits.conf`);
    assert.equal(await exec(['systemd-analyze', 'verify', unitOf(site)]), '');
    const backup = await shell('/opt/freehold/scripts/host/back-up.sh | tar -tz', site);
    assert.ok(backup.includes(`backup/units/${site}/static@${site}.service.d/limits.conf`), backup);
    assert.equal((await freehold('site', 'set', site, 'memory=default')).code, 0);
    assert.equal((await limitOf('memory'))?.value, '48m');
    assert.notEqual((await tryExec(['test', '-e', folder])).code, 0);
  } finally {
    await exec(['mv', '/root/host.env', '/etc/freehold/host.env']);
  }
});

hostTest('a wrong limit changes nothing and ends with 2', units, async () => {
  const { code, stderr } = await freehold('site', 'set', site, 'memory=1k');
  assert.equal(code, 2);
  assert.match(stderr, /the minimum is 6m/);
  assert.notEqual((await tryExec(['test', '-e', `/etc/systemd/system/static@${site}.service.d`])).code, 0);
});

hostTest('logs shows the lines of the unit and the container', units, async () => {
  const rows = (await jsonOf('site', 'logs', site, '--lines', '500')) as Row[];
  assert.ok(
    rows.some(({ unit }) => unit === unitOf(site)),
    JSON.stringify(rows.slice(0, 5)),
  );
  assert.ok(rows.some(({ unit }) => unit === `discovery@${site}.service`));
  assert.deepEqual(await jsonOf('site', 'logs', 'unknown-f.test'), []);
});

hostTest('the other reads answer', units, async () => {
  assert.deepEqual(await jsonOf('cert', 'check', site), [
    { name: site, state: 'none', daysLeft: null, expires: null, file: null, problem: null, rehearsal: null },
  ]);
  const [member] = (await jsonOf('cluster', 'status')) as Row[];
  assert.deepEqual([member?.host, member?.etcd, member?.alive], [hostName, 'leader', true]);
  const { started } = (await jsonOf('site', 'show', site)) as Row;
  assert.equal(new Date(String(started)).toISOString(), started);
  assert.ok(Array.isArray(await jsonOf('cert', 'list')));
  assert.ok(Array.isArray(await jsonOf('mail', 'list')));
  assert.ok(Array.isArray(await jsonOf('server', 'versions')));
  const dns = (await jsonOf('mail', 'dns', site)) as { records: Row[] };
  assert.deepEqual(dns.records[0], { name: `${site}.`, type: 'MX', value: `10 ${hostName}.` });
});

hostTest('remove --dry-run lists what would be deleted, and bash completes the command', units, async () => {
  const { code, stdout } = await freehold('site', 'remove', site, '--delete-data', '--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^Would stop and disable ${unitOf(site)}$`, 'm'));
  assert.match(stdout, new RegExp(`^Would delete /data/domains/${site}$`, 'm'));
  await exec(['systemctl', 'is-active', unitOf(site)]);
  const offers = await shell(
    `source /usr/local/share/bash-completion/completions/freehold
     COMP_WORDS=(freehold site show command-f) COMP_CWORD=3; _freehold 2>/dev/null; echo "\${COMPREPLY[*]}"`,
  );
  assert.equal(offers, site);
  assert.match(
    await exec(['freehold', 'site', 'set', '--help']),
    /^Usage: freehold site set DOMAIN NAME=VALUE…/,
  );
});
