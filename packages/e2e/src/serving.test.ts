import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:http2';
import { after, before } from 'node:test';
import { makeCertificate } from '@freehold/testing/certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { fetchPage, untilStatus } from './fetch.ts';
import { exec, httpsPort, repository, shell } from './host.ts';
import { hostTest } from './host-test.ts';
import { addressOf, deliver, markOf, removeSites, startSites, unitOf, untilServed } from './sites.ts';

const plain = 'a.test';
const secured = 'secured.test';
const units = [unitOf(plain), unitOf(secured), `import@${secured}`, 'haproxy', 'haproxy-confd'];

before(() => startSites([plain]));
after(() => removeSites([plain, secured]));

/** What curl in the host gets, as in `HTTP/2 200 <p>page…`. */
function curl(options: { name: string; address: string; scheme: 'http' | 'https'; http: '1.1' | '2' }) {
  const { name, address, scheme, http } = options;
  const port = scheme === 'http' ? 80 : 443;
  const args = ['--silent', '--show-error', '--insecure', '--max-time', '5', `--http${http}`];
  const format = '\nHTTP/%{http_version} %{http_code}';
  const target = ['--resolve', `${name}:${port}:${address}`, '--write-out', format, `${scheme}://${name}/`];
  return exec(['curl', ...args, ...target]);
}

for (const name of [plain, `www.${plain}`]) {
  for (const address of ['127.0.0.1', '[::1]']) {
    hostTest(`http://${name} and https://${name} are served on ${address}`, units, async () => {
      assert.equal(
        await curl({ name, address, scheme: 'http', http: '1.1' }),
        `${markOf(plain)}\n\nHTTP/1.1 200`,
      );
      assert.equal(
        await curl({ name, address, scheme: 'https', http: '1.1' }),
        `${markOf(plain)}\n\nHTTP/1.1 200`,
      );
      assert.equal(
        await curl({ name, address, scheme: 'https', http: '2' }),
        `${markOf(plain)}\n\nHTTP/2 200`,
      );
    });
  }
}

hostTest('HTTP/2 and HTTP/1.1 are served from outside the host too', units, async () => {
  const session = connect(`https://127.0.0.1:${httpsPort}`, { servername: plain, rejectUnauthorized: false });
  const stream = session.request({ ':authority': plain, ':path': '/' });
  const page = Buffer.concat(await stream.toArray()).toString();
  session.close();
  assert.equal(page.trim(), markOf(plain));
  assert.equal((await fetchPage(plain)).body.trim(), markOf(plain));
});

hostTest('a certificate that was delivered is served by SNI, and http redirects', units, async () => {
  const { certificate, key } = await makeCertificate([secured, `www.${secured}`]);
  await deliver(secured, certificate + key);
  await exec(['systemctl', 'enable', '--quiet', '--now', unitOf(secured)]);
  const redirect = await untilStatus(secured, 301);
  assert.equal(redirect.headers.location, `https://${secured}/`);
  const own = new X509Certificate(certificate).fingerprint256;
  for (const name of [secured, `www.${secured}`]) {
    const answer = await waitFor(`https://${name}`, async () => {
      const found = await fetchPage(name, { tls: true });
      return found.status === 200 && found;
    });
    assert.equal(answer.fingerprint, own);
    assert.equal(answer.body, markOf(secured));
  }
  const other = await fetchPage(plain, { tls: true });
  assert.equal(other.status, 200);
  assert.notEqual(other.fingerprint, own);
});

hostTest('a certificate that is put into the folder of a running site is served at once', units, async () => {
  const { certificate, key } = await makeCertificate([secured, `www.${secured}`]);
  const script = 'cat >"$1.new" && mv "$1.new" "$1"';
  await exec(['sh', '-c', script, 'sh', `/data/domains/${secured}/TLS/${secured}.pem`], certificate + key);
  const renewed = new X509Certificate(certificate).fingerprint256;
  await waitFor('the new certificate', async () => {
    const { status, fingerprint } = await fetchPage(secured, { tls: true });
    assert.equal(status, 200);
    return fingerprint === renewed;
  });
});

hostTest('a certificate for a stopped site is kept, and its 503 page is served with it', units, async () => {
  await exec(['systemctl', 'stop', unitOf(secured)]);
  const file = `/data/domains/${secured}/TLS/${secured}.pem`;
  const untilShown = (certificate: string) =>
    waitFor('the 503 page with the new certificate', async () => {
      const { status, fingerprint } = await fetchPage(secured, { tls: true });
      assert.equal(status, 503);
      return fingerprint === new X509Certificate(certificate).fingerprint256;
    });
  const sent = await makeCertificate([secured, `www.${secured}`]);
  const receive = `${repository}/scripts/host/receive-certificate.sh`;
  const words = await exec([receive, secured], sent.certificate + sent.key);
  assert.match(words, /visitors get the new certificate/);
  await untilShown(sent.certificate);
  assert.equal(await exec(['cat', file]), (sent.certificate + sent.key).trim());
  const put = await makeCertificate([secured]);
  await exec(['sh', '-c', 'cat >"$1.new" && mv "$1.new" "$1"', 'sh', file], put.certificate + put.key);
  await untilShown(put.certificate);
  assert.equal((await fetchPage(`www.${secured}`)).status, 503, 'it is not for www., which stays on http');
  await exec(['systemctl', 'start', unitOf(secured)]);
  await waitFor('the page', async () => (await fetchPage(secured, { tls: true })).status === 200);
});

hostTest('the container of a site answers for its own domain only', units, async () => {
  const status = (name: string, address: string) =>
    shell('curl -s -o /dev/null -w "%{http_code}" -H "Host: $1" "http://$2/"', name, address);
  const address = await addressOf(plain);
  assert.equal(await status(plain, address), '200');
  assert.equal(await status('other.test', address), '421');
});

hostTest('the source of PHP in the pages of a static site is not served', units, async () => {
  const folder = `/data/domains/${plain}/static/www-content`;
  for (const name of ['wp-config.php', 'config.PHP', 'config.php.bak', 'page.php.html'])
    await shell('echo "<?php secret" >"$1/$2"', folder, name);
  for (const path of ['/wp-config.php', '/config.PHP', '/config.php.bak'])
    assert.equal((await fetchPage(plain, { path })).status, 404, path);
  assert.equal(
    (await fetchPage(plain, { path: '/page.php.html' })).status,
    200,
    'as a copy of a site has them',
  );
  await shell('rm "$1"/*.php* "$1/config.PHP"', folder);
});

hostTest('a symbolic link out of the folder of a site leads nowhere', units, async () => {
  await shell('ln -sf /etc/passwd "/data/domains/$1/static/www-content/leak.txt"', plain);
  await untilServed([plain]);
  assert.notEqual((await fetchPage(plain, { path: '/leak.txt' })).status, 200);
});
