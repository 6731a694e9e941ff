import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessOf } from './access.ts';
import { planAddition } from './add-member.ts';
import { addCertificateKey } from './certificate-keys.ts';
import { firstOf, joiningOf, planCreate, type ServerSeen } from './create.ts';
import { planSettings } from './host-settings.ts';
import { planIssue } from './issue.ts';
import { checkAddress, checkHostName } from './key-files.ts';
import { planKeyRemoval, recordsOf } from './removal.ts';
import { createCluster, type Servers } from './run-create.ts';
import type { Tools } from './run-keys.ts';

const fresh = { seconds: 100, key: 'ff' };
const always = () => true;

test('a key for certificates is always later than the one before, and five are kept', () => {
  const text = '200 ee\n90 dd\n80 cc\n70 bb\n60 aa\n';
  assert.deepEqual(addCertificateKey(new Map([['certificate-keys', text]]), fresh), [
    { do: 'write', path: 'certificate-keys', text: '201 ff\n200 ee\n90 dd\n80 cc\n70 bb\n' },
  ]);
});

test("a host's own etcd comes first in its settings, and only what differs is written", () => {
  const files = new Map([
    ['members', 'h1 10.0.0.1\nh2 10.0.0.2\n'],
    [
      'hosts/h1/settings',
      'HOST=h1\nADDRESS=10.0.0.1\nFREEHOLD_ETCD=https://10.0.0.1:2379,https://10.0.0.2:2379\n',
    ],
    ['hosts/h1/initial-cluster', 'new h1=https://10.0.0.1:2380\n'],
    ['hosts/h2/settings', ''],
  ]);
  assert.deepEqual(planSettings(files), [
    {
      do: 'write',
      path: 'hosts/h2/settings',
      text: 'HOST=h2\nADDRESS=10.0.0.2\nFREEHOLD_ETCD=https://10.0.0.2:2379,https://10.0.0.1:2379\n',
    },
  ]);
});

test('a host keeps its address, and no other host gets it', () => {
  const files = new Map([['members', 'h1 10.0.0.1\n']]);
  const issue = (name: string, address: string) =>
    planIssue(files, { host: { name, address } }, always, fresh);
  assert.throws(() => issue('h1', '10.0.0.9'), /'h1' has the address 10\.0\.0\.1\. First remove it/);
  assert.throws(() => issue('h2', '10.0.0.1'), /10\.0\.0\.1 is already the address of 'h1'/);
  assert.equal(issue('h2', '10.0.0.2').filter((one) => one.do === 'make-certificate').length, 0);
  const renewed = planIssue(files, { host: { name: 'h1', address: '10.0.0.1' }, renew: true }, always, fresh);
  assert.equal(renewed.filter((one) => one.do === 'make-certificate').length, 4);
});

test('names that etcd uses, names that are none, and addresses of IPv6 are refused', () => {
  for (const name of ['root', 'operator', '', 'H1', 'a/b', '-a', 'a..b', 'a'.repeat(65)])
    assert.throws(() => checkHostName(name), { code: 'usage' }, name);
  checkHostName('h1.example.com');
  const issue = (name: string, address: string) =>
    planIssue(new Map(), { host: { name, address } }, always, fresh);
  assert.throws(() => issue('root', '10.0.0.1'), { code: 'usage' });
  assert.throws(() => issue('h1', 'fd00::1'), { code: 'usage' });
  for (const address of ['', '10.0.0', '10.0.0.256', 'h1', 'fd00::1'])
    assert.throws(() => checkAddress(address), { code: 'usage' }, address);
});

test('a server whose name is a user of etcd is refused before anything changes', async () => {
  const called: string[] = [];
  const servers = new Proxy({} as Servers, {
    get: (_, name: string) => async () => {
      called.push(name);
      return 'root';
    },
  });
  const pairs = [{ server: 'h1', address: '10.0.0.1' }];
  await assert.rejects(createCluster(pairs, {} as Tools, servers), { code: 'usage' });
  assert.deepEqual(called, ['nameOf']);
});

test('a host may write its own record of a host, and no other', () => {
  const own = accessOf('h1').filter((words) => words.includes('host-h1') && words.includes('readwrite'));
  assert.deepEqual(
    own.map((words) => words.slice(4)),
    [['/services/', '--prefix'], ['/hosts/h1'], ['/certificates/', '--prefix'], ['/acme/', '--prefix']],
  );
});

const one = { id: '1', name: 'h1', peerUrl: 'https://10.0.0.1:2380' };
const two = { name: 'h2', peerUrl: 'https://10.0.0.2:2380', hasInitialCluster: true };

test('a host is added to etcd once, and not while another one has not started', () => {
  const initialCluster = 'existing h2=https://10.0.0.2:2380,h1=https://10.0.0.1:2380\n';
  assert.deepEqual(planAddition({ ...two, hasInitialCluster: false }, [one]), {
    initialCluster,
    isToBeAdded: true,
  });
  const unstarted = { id: '2', name: '', peerUrl: two.peerUrl };
  assert.deepEqual(planAddition(two, [one, unstarted]), { initialCluster, isToBeAdded: false });
  assert.deepEqual(planAddition(two, [one, { ...unstarted, name: 'h2' }]), { isToBeAdded: false });
  const other = { id: '3', name: '', peerUrl: 'https://10.0.0.3:2380' };
  assert.throws(() => planAddition(two, [one, other]), /10\.0\.0\.3:2380 was added, but has not started/);
});

test('the records of a removed host are those with its name at the end', () => {
  const keys = ['/services/static/a.test/h1', '/services/static/h1/h2', '/acme/claims/a.test/xh1'];
  assert.deepEqual(recordsOf('h1', keys), ['/services/static/a.test/h1', '/hosts/h1']);
});

test('a removed host does not get the new key, and the others do', () => {
  const files = new Map([
    ['members', 'h1 10.0.0.1\nh2 10.0.0.2\n'],
    ['certificate-keys', '1 aa\n'],
    ...['h1', 'h2'].map((name) => [`hosts/${name}/certificate-keys`, '1 aa\n'] as const),
  ]);
  const plan = planKeyRemoval(files, 'h2', fresh);
  assert.deepEqual(plan[0], { do: 'remove', path: 'hosts/h2' });
  assert.ok(!plan.slice(1).some((operation) => JSON.stringify(operation).includes('hosts/h2')));
  assert.ok(
    plan.some((operation) => operation.do === 'copy' && operation.to === 'hosts/h1/certificate-keys'),
  );
});

const server = (number: number, more: Partial<ServerSeen> = {}): ServerSeen => ({
  ...{ server: `s${number}`, name: `h${number}`, address: `10.0.0.${number}`, isMember: false },
  ...more,
});
const steps = (servers: readonly ServerSeen[], isAnswering: boolean) =>
  planCreate(servers, isAnswering).map((step) => `${step.do} ${step.who.name}`);

test('the first server begins, the others are added as members first, and an etcd that waits is helped before all', () => {
  assert.deepEqual(steps([server(1), server(2)], false), [
    ...['bring h1', 'connect h1', 'add-member h1', 'add-member h2', 'bring h2'],
  ]);
  const member = server(1, { isMember: true, initial: 'new' });
  assert.deepEqual(steps([member, server(2)], true), [
    'add-member h1',
    'bring h1',
    'add-member h2',
    'bring h2',
  ]);
  const added = server(2, { initial: 'existing' });
  assert.deepEqual(steps([member, added], false).slice(0, 2), ['bring h2', 'add-member h1']);
  assert.deepEqual(steps([server(1, { initial: 'new' }), added], false).slice(0, 3), [
    ...['bring h2', 'connect h2', 'add-member h1'],
  ]);
});

test('a run with the servers in another order begins with the server of the first run', () => {
  const servers = [server(2), server(1, { initial: 'new' })];
  assert.equal(firstOf(servers)?.name, 'h1');
  assert.deepEqual(
    joiningOf(servers).map(({ name }) => name),
    ['h2'],
  );
  assert.equal(steps(servers, false)[0], 'bring h1');
});
