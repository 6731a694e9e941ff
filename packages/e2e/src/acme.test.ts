// Automatic certificates on a whole host, from pebble, an ACME CA for tests that runs on the host too: every name leads to
// 127.0.0.1, where the CA finds HAProxy on port 80.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage } from './fetch.ts';
import { exec, hostName, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const scripts = `${repository}/scripts`;
const setUp = (...options: string[]) => exec([`${scripts}/setup.sh`, hostName, ...options]);
const [plain, stopped, foreign, word] = ['plain-c.test', 'stopped-c.test', 'foreign-c.test', 'word-c.test'];
const international = 'xn--mller-c-n2a.test';
const unresolved = 'unresolved-c.test';
const units = ['acme', 'acme@*', 'certificate@*', 'haproxy-confd', 'pebble'];
const folder = '/etc/freehold/acme-test';

const add = (domain: string, ...options: string[]) => exec([`${scripts}/add-site.sh`, domain, ...options]);

/** Who issued the certificate that a visitor of the domain is shown. */
const issuerOf = (domain: string) =>
  shell(
    'openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -issuer',
    domain,
  );

async function untilSecured(domain: string): Promise<void> {
  await waitFor(`${domain} to have a certificate`, async () => /Pebble/.test(await issuerOf(domain)), {
    everyMs: 500,
  });
}

async function put(path: string, content: string): Promise<void> {
  await exec(['sh', '-euc', 'mkdir -p "$(dirname "$1")" && cat >"$1"', 'sh', path], content);
}

async function startPebble(): Promise<void> {
  const { certificate, key } = await issueCertificate({
    commonName: 'localhost',
    extensions: ['subjectAltName=DNS:localhost'],
  });
  for (const program of ['pebble', 'pebble-challtestsrv']) {
    const file = (await readFile(`/usr/bin/${program}`)).toString('base64');
    await exec(['sh', '-euc', 'base64 -d >"$1" && chmod 755 "$1"', 'sh', `/usr/local/bin/${program}`], file);
  }
  await put(`${folder}/ca.pem`, certificate);
  await put(`${folder}/key.pem`, key);
  const pebble = {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: `${folder}/ca.pem`,
    privateKey: `${folder}/key.pem`,
    httpPort: 80,
    tlsPort: 5001,
  };
  await put(`${folder}/config.json`, JSON.stringify({ pebble }));
  await shell(`
    systemd-run --quiet --unit pebble-dns pebble-challtestsrv -dns01 127.0.0.1:8053 -management 127.0.0.1:8055 \
      -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv6 ''
    systemd-run --quiet --unit pebble --setenv PEBBLE_VA_NOSLEEP=1 \
      pebble -config ${folder}/config.json -dnsserver 127.0.0.1:8053`);
  const fault = `curl -fs -d '{"host":"${unresolved}"}' http://127.0.0.1:8055/set-servfail`;
  await waitFor('the DNS server', async () => (await tryExec(['sh', '-c', fault])).code === 0);
}

before(async () => {
  await startPebble();
  await shell(`
    echo 'FREEHOLD_ACME_DIRECTORY=https://localhost:14000/dir
FREEHOLD_ACME_STAGING=https://localhost:14000/dir
FREEHOLD_ACME_CA=${folder}/ca.pem
FREEHOLD_ACME_RESOLVERS=127.0.0.1:8053' >>/etc/freehold/host.env`);
});

after(async () => {
  await shell('echo FREEHOLD_ACME=off >>/etc/freehold/host.env');
  await setUp();
  for (const domain of [plain, stopped, foreign, word, international, unresolved]) {
    await tryExec([`${scripts}/remove-site.sh`, domain, '--delete-data']);
  }
  await shell(`
    sed -i '/^FREEHOLD_ACME/d; /^FREEHOLD_OPERATOR/d' /etc/freehold/host.env
    systemctl stop pebble pebble-dns || true
    rm -rf /data/acme ${folder} /usr/local/bin/pebble*`);
  await setUp();
});

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

hostTest('a WordPress is installed before its certificate is ordered', units, async () => {
  await add(word, '--app', 'wordpress');
  await untilSecured(word);
  const { status, body } = await fetchPage(word, { tls: true });
  assert.deepEqual([status, /wp-content/.test(body)], [200, true]);
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
});

hostTest('a certificate that is taken away is made again, without a restart of HAProxy', units, async () => {
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
