// Automatic certificates on a whole host.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import {
  issuerOf,
  put,
  removeCa,
  setUp,
  startCa,
  acmeUnits as units,
  unresolved,
  untilSecured,
} from './acme-host.ts';
import { fetchPage } from './fetch.ts';
import { exec, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const scripts = `${repository}/scripts`;
const [plain, stopped, foreign] = ['plain-c.test', 'stopped-c.test', 'foreign-c.test'] as const;
const international = 'xn--mller-c-n2a.test';

const add = (domain: string, ...options: string[]) => exec([`${scripts}/add-site.sh`, domain, ...options]);

before(startCa);
after(() => removeCa([plain, stopped, foreign, international, unresolved]));

hostTest(
  'setup.sh --operator turns automatic certificates on, also for the sites that are there',
  units,
  async () => {
    await add(plain);
    await add(stopped);
    await exec(['systemctl', 'stop', `static@${stopped}`]);
    await add(foreign);
    const { certificate, key } = await issueCertificate({
      commonName: foreign,
      extensions: [`subjectAltName=DNS:${foreign}`],
    });
    await put(`/data/domains/${foreign}/TLS/${foreign}.pem`, certificate + key);
    const said = await setUp('--operator', 'operator@example.org');
    assert.match(
      said,
      /Turning on automatic certificates.*This accepts the CA's terms of service for operator@example\.org/,
    );
    for (const domain of [plain, stopped]) await untilSecured(domain);
    assert.equal((await fetchPage(plain)).status, 301);
    assert.equal((await fetchPage(`www.${plain}`)).status, 301);
    assert.equal((await fetchPage(stopped, { tls: true })).status, 503);
    assert.doesNotMatch(await issuerOf(foreign), /Pebble/);
    assert.equal(await shell('stat --format "%a %U" /data/acme/account.pem'), '600 root');
    const again = await setUp('--operator', 'operator@example.org');
    assert.match(again, /Certificates: automatic, from https:\/\/localhost:14000/);
  },
);

hostTest('a site that is added has its certificate when add-site.sh ends', units, async (context) => {
  const started = Date.now();
  const said = await add(international);
  context.diagnostic(`from add-site.sh to https: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  assert.match(said, new RegExp(`Served: https://${international}/`));
  await untilSecured(international);
});

hostTest('freehold cert check rehearses the next order for a site, and changes nothing', units, async () => {
  const before = await issuerOf(plain);
  const { stdout } = await tryExec(['freehold', 'cert', 'check', plain, foreign, '--json']);
  const rows = JSON.parse(stdout);
  assert.deepEqual(
    rows.map(({ name, state, rehearsal }: Record<string, unknown>) => ({ name, state, rehearsal })),
    [
      { name: plain, state: 'valid', rehearsal: 'passed' },
      { name: foreign, state: 'wrong', rehearsal: null },
    ],
  );
  assert.match(rows[1].problem, /it is not for www\./);
  assert.equal(await issuerOf(plain), before);
});

hostTest('a name that DNS does not resolve is reported, and the site is served', units, async () => {
  const said = await add(unresolved);
  assert.match(said, /There is no certificate yet\. DNS gives no answer for unresolved-c\.test/);
  assert.match(said, new RegExp(`Served: http://${unresolved}/`));
  assert.match(
    (await tryExec([`${scripts}/list-sites.sh`])).stderr,
    /unresolved-c\.test: There is no certificate yet/,
  );
  const { code } = await tryExec(['systemctl', 'start', `acme@${unresolved}`]);
  assert.notEqual(code, 0);
  const checked = await tryExec(['freehold', 'cert', 'check', unresolved]);
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /rehearsal of an order failed: DNS gives no answer for unresolved-c\.test/);
});

hostTest('a removed certificate is ordered again, without a restart of HAProxy', units, async () => {
  const started = () => exec(['docker', 'inspect', '--format', '{{.State.StartedAt}}', 'haproxy']);
  const before = await started();
  await shell(`rm "/data/domains/$1/TLS/$1.pem"; systemctl start "acme@$1"`, plain);
  await untilSecured(plain);
  assert.equal(await started(), before);
});

hostTest('the account is in a backup of the host, and comes back with it', units, async () => {
  await shell(`
    ${scripts}/host/back-up.sh >/tmp/acme-backup
    mv /data/acme/account.pem /data/acme/before
    ${scripts}/host/restore.sh </tmp/acme-backup
    cmp /data/acme/account.pem /data/acme/before
    rm /tmp/acme-backup /data/acme/before`);
  assert.equal(await shell('stat --format "%a %U" /data/acme/account.pem'), '600 root');
});

hostTest('FREEHOLD_ACME=off turns them off, and certificates stay', units, async () => {
  await shell('echo FREEHOLD_ACME=off >>/etc/freehold/host.env');
  assert.match(await setUp(), /Turning off automatic certificates/);
  assert.notEqual((await tryExec(['systemctl', 'is-active', 'acme.timer'])).code, 0);
  assert.match(await issuerOf(plain), /Pebble/);
  const path = `/.well-known/acme-challenge/${'x'.repeat(43)}`;
  assert.doesNotMatch((await fetchPage(plain, { path })).body, /^x{43}\./);
});
