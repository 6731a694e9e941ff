// Automatic certificates on two servers of a control machine: a site that moves takes its certificate along, which is renewed
// at its new server; and a server that is lost and made again from its backup renews those that it had. The tests follow on
// one another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { introduceAuthority, leadAllTo, put, startAuthority, stopAuthority } from './control-machine-ca.ts';
import {
  addressOf,
  containerOf,
  ensureDeployed,
  fromControlMachine,
  onServer,
  replaceServer,
  type Server,
  servers,
  startServers,
} from './servers.ts';

const [first, second] = servers;
const site = 'pages-acme.test';
const folder = '/root/acme-test';
const backups = '/tmp/backups-acme';
let authority: Awaited<ReturnType<typeof startAuthority>>;

before(async () => {
  await startServers();
  await ensureDeployed();
  authority = await startAuthority(folder);
  await leadAllTo(await addressOf(first));
  for (const server of [first, second]) {
    const settings = await introduceAuthority(server, authority);
    await onServer(
      server,
      `printf '%sFREEHOLD_OPERATOR=operator@example.org\\n' "$1" >>/etc/freehold/host.env`,
      settings,
    );
    const said = await onServer(
      server,
      `/opt/freehold/scripts/setup.sh "$(sed -n s/^FREEHOLD_HOST=//p /etc/freehold/host.env)"`,
    );
    assert.match(said, /Turning on automatic certificates/);
  }
});
after(async () => {
  for (const server of [first, second]) {
    await onServer(
      server,
      `echo FREEHOLD_ACME=off >>/etc/freehold/host.env
       /opt/freehold/scripts/setup.sh "$(sed -n s/^FREEHOLD_HOST=//p /etc/freehold/host.env)" >/dev/null
       /opt/freehold/scripts/remove-site.sh ${site} --delete-data >/dev/null || true
       sed -i '/^FREEHOLD_ACME/d; /^FREEHOLD_OPERATOR/d' /etc/freehold/host.env
       rm -rf /data/acme /data/moved/${site}* /data/moving/${site} /etc/freehold/test-ca.pem`,
    );
  }
  await stopAuthority(folder);
  await fromControlMachine(`rm -rf ${backups}`);
});

/** What a visitor of the site is shown at a server: the issuer and the fingerprint. */
const shownAt = (server: Server) =>
  onServer(
    server,
    `openssl s_client -connect 127.0.0.1:443 -servername ${site} </dev/null 2>/dev/null | openssl x509 -noout -issuer -fingerprint -sha256 || true`,
  );

/** Waits until a server shows a certificate of the test's CA other than the one before. */
async function untilNew(server: Server, before?: string): Promise<string> {
  let shown = '';
  await waitFor(`a new certificate at ${server}`, async () => {
    shown = await shownAt(server);
    return /Pebble/.test(shown) && shown !== before;
  });
  return shown;
}

/** Has the CA's advice to renew at once stand in what acme has noted, as after a revocation (RFC 9773). */
async function adviseNow(server: Server): Promise<void> {
  await onServer(
    server,
    `while [ "$(systemctl is-active acme)" = activating ]; do sleep 1; done
     print=$(openssl x509 -in /data/domains/${site}/TLS/${site}.pem -noout -fingerprint -sha256 | cut -d = -f 2 | tr -d : | tr A-F a-f)
     now=$(date +%s)000
     mkdir -p /data/acme/sites
     echo "{\\"seen\\":1,\\"advice\\":{\\"fingerprint\\":\\"$print\\",\\"start\\":0,\\"end\\":1000,\\"again\\":$((now + 3600000)),\\"noted\\":$now}}" >/data/acme/sites/${site}.json
     rm -f /data/acme/next
     systemctl start acme`,
  );
}

const orders = async () =>
  Number(
    await fromControlMachine('journalctl --unit test-ca --output cat | grep --count "Added order" || true'),
  );

test('a site that moves takes its certificate along, and its new server renews it', async (context) => {
  await fromControlMachine(`./add-site.sh ${first} ${site}`);
  const issued = await untilNew(first);
  const before = await orders();
  await fromControlMachine(`./move-site.sh ${site} ${first} ${second}`);
  assert.equal(await untilNew(second), issued);
  await leadAllTo(await addressOf(second));
  await onServer(second, 'rm -f /data/acme/next; systemctl start acme');
  assert.match(await onServer(second, 'freehold cert list'), /Valid until .*Renewed: \d{4}-/);
  assert.equal(await orders(), before, 'the move took no order');
  await fromControlMachine(`./move-site.sh ${site} ${first} ${second} --forget`);
  const begun = Date.now();
  await adviseNow(second);
  await untilNew(second, issued);
  context.diagnostic(`renewed at its new server in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  assert.equal(await orders(), before + 1);
  await onServer(first, 'rm -f /data/acme/next; systemctl start acme');
  assert.equal(await orders(), before + 1, 'the server that it left orders nothing');
});

test('a server that is made again from its backup has its account, and renews', async (context) => {
  const account = await onServer(second, 'sha256sum /data/acme/account.pem');
  const issued = await shownAt(second);
  await fromControlMachine(`rm -rf ${backups}; mkdir -p ${backups}; ./back-up.sh ${second} --to ${backups}`);
  const file = (await fromControlMachine(`ls -d ${backups}/*`)).trim();
  const before = await orders();
  await replaceServer(second);
  await leadAllTo(await addressOf(second));
  await put(containerOf(second), '/etc/freehold/test-ca.pem', authority.certificate);
  await fromControlMachine(
    `./deploy.sh ${second} --no-build; ./restore.sh ${second} ${file}; ./deploy.sh ${second} --no-build`,
  );
  assert.equal(await onServer(second, 'sha256sum /data/acme/account.pem'), account);
  assert.equal(await untilNew(second), issued);
  assert.equal(await orders(), before);
  const begun = Date.now();
  await adviseNow(second);
  await untilNew(second, issued);
  context.diagnostic(`renewed after the restore in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  assert.equal(await onServer(second, 'sha256sum /data/acme/account.pem'), account);
});
