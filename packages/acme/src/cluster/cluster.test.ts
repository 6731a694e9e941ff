// Three members of one cluster. The tests follow on one another.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { issueCertificate } from '@freehold/testing/issue-certificate';
import { waitFor } from '@freehold/testing/wait-for';
import { accountKeyOf, ensureAccountKey } from '../account-key.ts';
import { isThere } from '../host-under-test.ts';
import { parseState, siteState } from '../state.ts';
import {
  accountKey,
  certificateKey,
  certificatesPrefix,
  changeKey,
  claimsPrefix,
  memberKey,
  siteKey,
} from './etcd-keys.ts';
import { startMembers, type TestCluster, type TestMember } from './members-under-test.ts';

let cluster: TestCluster;
let [one, two, three]: readonly TestMember[] = [];
type Domain = Parameters<typeof certificateKey>[0];
const at = (domain: string) => certificateKey(domain as Domain);

before(async () => {
  cluster = await startMembers();
  [one, two, three] = cluster.members;
});
after(() => cluster?.[Symbol.asyncDispose]());

async function good(member: TestMember | undefined, ...args: string[]): Promise<string> {
  const { code, output } = (await member?.run(...args)) ?? { code: -1, output: 'no member' };
  assert.equal(code, 0, output);
  return output;
}

/** The value of a key of etcd, opened by a member. */
async function opened(member: TestMember | undefined, key: string): Promise<string | undefined> {
  const value = await cluster.etcd.get(key);
  return value === undefined ? undefined : (await member?.keyring())?.open(key, value)?.text;
}

test("the first member's account becomes the account of the cluster", async () => {
  const { thumbprint } = await ensureAccountKey(one?.layout.account ?? '');
  for (const member of [one, two]) await good(member, '--all');
  const account = JSON.parse((await opened(two, accountKey)) ?? '{}');
  assert.equal(accountKeyOf(account.pem).thumbprint, thumbprint);
  assert.equal(await readFile(two?.layout.thumbprintMap ?? '', 'utf8'), `thumbprint ${thumbprint}\n`);
});

test('one member orders for all, any edge answers the CA, and each member has every certificate', async () => {
  await one?.addSite('a.test');
  await two?.addSite('b.test');
  assert.match(await good(one, '--all'), /a\.test has a new certificate[\s\S]*b\.test has a new certificate/);
  assert.equal(cluster.orders(), 2);
  assert.equal(await good(two, '--all'), '');
  for (const domain of ['a.test', 'b.test']) {
    const pem = (await two?.certificate(domain)) ?? '';
    assert.equal(pem.trim(), (await one?.certificate(domain))?.trim());
    assert.ok(new X509Certificate(pem).checkHost(domain));
  }
  assert.match(await readFile(two?.layout.made('b.test') ?? '', 'utf8'), /"directory"/);
  assert.match(await readFile(two?.layout.status('b.test') ?? '', 'utf8'), /^Valid until/);
  assert.equal(await isThere(one?.layout.status('b.test') ?? ''), false);
  assert.equal(cluster.orders(), 2);
});

test('etcd contains readable names, but no readable key of a certificate or account', async () => {
  for (const prefix of ['/certificates/', '/acme/']) {
    for (const { key, value } of (await cluster.etcd.list(prefix)).entries) {
      assert.doesNotMatch(value, /PRIVATE KEY|BEGIN|issued/, key);
    }
  }
});

test('when the member that orders is killed during an order, another one continues the same order', async () => {
  await one?.addSite('c.test');
  const orders = cluster.orders();
  const child = one?.start(['--all']);
  await waitFor('the order to be noted', async () => {
    if (child?.process.exitCode !== null) throw new Error(child?.output());
    return parseState((await opened(two, siteKey('c.test' as Domain))) ?? '', siteState)?.order;
  });
  await child?.stop('SIGKILL');
  assert.match(await good(two, '--all'), /c\.test has a new certificate/);
  assert.equal(cluster.orders(), orders + 1);
  await good(one, '--all');
  assert.equal((await one?.certificate('c.test'))?.trim(), (await two?.certificate('c.test'))?.trim());
});

test('a new member receives all certificates, and orders none', async () => {
  const orders = cluster.orders();
  await good(three, '--all');
  for (const domain of ['a.test', 'b.test', 'c.test']) {
    assert.equal((await three?.certificate(domain))?.trim(), (await one?.certificate(domain))?.trim());
  }
  assert.equal(cluster.orders(), orders);
});

test('a manually installed certificate on one member is used and left alone by all, until it is removed', async () => {
  await one?.addSite('own.test');
  const { certificate, key } = await issueCertificate({
    commonName: 'own.test',
    extensions: ['subjectAltName=DNS:own.test'],
  });
  const path = one?.layout.certificate('own.test') ?? '';
  await mkdir(one?.layout.tls('own.test') ?? '');
  await writeFile(path, certificate + key);
  const orders = cluster.orders();
  await good(one, '--all');
  await good(two, '--all');
  assert.equal(await readFile(path, 'utf8'), certificate + key);
  assert.match((await two?.certificate('own.test')) ?? '', new RegExp(certificate.split('\n')[2] ?? '-'));
  assert.equal(cluster.orders(), orders);
  assert.equal((await cluster.etcd.keys(claimsPrefix)).join(), `${claimsPrefix}own.test/h1`);
  await rm(path);
  assert.match(await good(one, 'own.test'), /own\.test has a new certificate from Pebble/);
  await good(two, '--all');
  assert.equal((await two?.certificate('own.test'))?.trim(), (await one?.certificate('own.test'))?.trim());
});

test('a certificate that a person removes on the member that has the site is ordered again', async () => {
  const before = await two?.certificate('b.test');
  await rm(two?.layout.certificate('b.test') ?? '');
  assert.match(await good(two, 'b.test'), /b\.test has a new certificate/);
  assert.notEqual(await two?.certificate('b.test'), before);
});

test('a certificate whose installation was interrupted by a kill does not count as removed', async () => {
  await one?.addSite('d.test');
  await good(one, '--all');
  await two?.addSite('d.test');
  const [value, orders] = [await cluster.etcd.get(at('d.test')), cluster.orders()];
  // What is noted before it is put there.
  const { made } = one?.layout ?? {};
  await mkdir(two?.layout.tls('d.test') ?? '');
  await cp(made?.('d.test') ?? '', two?.layout.made('d.test') ?? '');
  await good(two, '--all');
  assert.equal(await cluster.etcd.get(at('d.test')), value);
  assert.equal((await two?.certificate('d.test'))?.trim(), (await one?.certificate('d.test'))?.trim());
  assert.equal(cluster.orders(), orders);
});

test('if a person manages the certificate on one of two members that have the site, they do not overwrite each other', async () => {
  await rm(two?.layout.certificate('d.test') ?? '');
  await writeFile(join(two?.layout.tls('d.test') ?? '', 'manual'), '');
  await good(two, '--all');
  await good(one, '--all');
  const change = await cluster.etcd.get(changeKey);
  for (const member of [two, one]) await good(member, '--all');
  assert.equal(await cluster.etcd.get(changeKey), change);
  assert.ok(await one?.certificate('d.test'));
});

test('nothing is ordered for the sites of a member without automatic certificates, such as one of an earlier version', async () => {
  const orders = cluster.orders();
  await cluster.etcd.put('/services/static/before.test/h9', '{"boot":"0123456789abcdef"}');
  await cluster.pebble.setAddresses('before.test', ['127.0.0.1']);
  await good(one, '--all');
  assert.equal(cluster.orders(), orders);
  assert.equal(await cluster.etcd.get(at('before.test')), undefined);
  await cluster.etcd.put(memberKey('h9'), cluster.pebble.directory);
  assert.match(await good(one, '--all'), /before\.test has a new certificate/);
  for (const key of ['/services/static/before.test/h9', memberKey('h9')]) await cluster.etcd.delete(key);
});

test('no member presents the certificate of a site that none of them knows any more', async () => {
  await cluster.etcd.delete('/services/static/own.test/h1');
  await good(two, '--all');
  assert.equal(await cluster.etcd.get(at('own.test')), undefined);
  assert.equal(await isThere(two?.layout.approved('own.test') ?? ''), false);
});

test('while a living member has another CA, nothing is ordered, and the reason is logged', async () => {
  await cluster.etcd.put(memberKey('h3'), 'https://other.test/dir');
  assert.equal(await good(two, '--all'), '', 'one that has died does not count');
  await cluster.etcd.put('/hosts/h3', '{}');
  assert.match(await good(two, '--all'), /have different CAs: h3 has https:\/\/other\.test\/dir/);
  await cluster.etcd.delete('/hosts/h3');
});

test('a member with a role of an earlier version reports how to upgrade it, and continues after that', async () => {
  const revoke = ['role', 'revoke-permission', 'host-h2', '/acme/', '--prefix'];
  assert.ok((await cluster.etcdCluster.etcdctl('root', ...revoke)).ok);
  assert.match(await good(two, '--all'), /permission denied.*scripts\/cluster\/admit\.sh KEYS h2/);
  assert.equal(await good(two, '--all'), '', 'it is logged once');
  await cluster.script('admit.sh', 'h2');
  assert.equal(await good(two, '--all'), '');
});

test("a removed member can neither decrypt later values nor order with the cluster's account", async () => {
  const removed = await three?.keyring();
  const account = JSON.parse((await opened(one, accountKey)) ?? '{}');
  await cluster.script('dismiss.sh', 'h3');
  await one?.takeKeys();
  assert.match(await good(one, '--all'), /The account .* was deactivated/);
  assert.notEqual(JSON.parse((await opened(one, accountKey)) ?? '{}').pem, account.pem);
  assert.match(await good(two, '--all'), /encrypted with a newer key/);
  assert.equal(await good(two, '--all'), '', 'it is logged once');
  for (const { key, value } of (await cluster.etcd.list(certificatesPrefix)).entries) {
    assert.throws(() => removed?.open(key, value), /newer key/);
  }
  await two?.takeKeys();
  await good(two, '--all');
  await two?.addSite('late.test');
  assert.match(await good(one, '--all'), /late\.test has a new certificate/);
  await good(two, '--all');
  assert.ok(new X509Certificate((await two?.certificate('late.test')) ?? '').checkHost('late.test'));
});

test('after all keys were changed, another account takes the place of that which cannot be opened, and that one ends', async () => {
  const account = JSON.parse((await opened(one, accountKey)) ?? '{}');
  const fresh = `${Math.floor(Date.now() / 1000) + 100} ${'ab'.repeat(32)}\n`;
  for (const member of [one, two]) await member?.replaceKeys(fresh);
  const orders = cluster.orders();
  assert.match(await good(one, '--all'), /The account \S+ was deactivated/);
  await good(two, '--all');
  await good(one, '--all');
  assert.notEqual(JSON.parse((await opened(one, accountKey)) ?? '{}').pem, account.pem);
  assert.equal(cluster.orders(), orders, 'members bring what they have');
  for (const { key, value } of (await cluster.etcd.list(certificatesPrefix)).entries)
    assert.equal((await one?.keyring())?.open(key, value)?.current, true, key);
  assert.ok(await cluster.etcd.get(at('late.test')));
});
