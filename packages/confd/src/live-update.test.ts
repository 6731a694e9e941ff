import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { createLiveUpdater, type LivePlans } from './live-update.ts';
import type { Site, Sites } from './site.ts';
import type { Ask } from './worker-connection.ts';

function site(name: string, ip: string, isSecured = false): Site {
  const domain = parseDomain(name);
  const certificate = { path: `/f/${name}.pem`, fingerprint: 'one', names: [domain] };
  return { domain, backends: [{ host: 'h1', address: { ip, port: 80 } }], ...(isSecured && { certificate }) };
}

const all = (...sites: Site[]): Sites => new Map(sites.map((one) => [one.domain, one]));

const names = (...domains: string[]): Domain[] => domains.map(parseDomain);

/** A worker that does what it is told, but for commands that begin with `failing`, and those for a certificate it lacks. */
function fakeWorker() {
  const certificates = new Set<string>();
  const servers = new Map<string, string>();
  const maps = new Map<string, string>();
  const ask: Ask = async (commands) => commands.map(run);
  const tell = <T>(work: (ask: Ask) => Promise<T>) => work(ask);
  const worker = { failing: '', servers, maps, tell };

  function run(line: string): string {
    const [verb, what, name = '', key = '', value = '', , port = ''] = line.split(' ');
    if (worker.failing !== '' && line.startsWith(worker.failing)) return 'It cannot be done.\n';
    if (what === 'server' && key === 'addr')
      servers.set(name, `${value} 2 0 1 1 1 1 1 1 1 0 0 0 - ${port} -`);
    if (key === 'state') setMaintenance(name, value === 'maint');
    if (what === 'map' && verb !== 'del') maps.set(key, value);
    if (what === 'map' && verb === 'del') maps.delete(key);
    if (what === 'ssl') return certificateAnswer(verb ?? '', key);
    if (what !== 'servers') return '';
    const [, , , backend] = line.split(' ');
    const own = [...servers].filter(([one]) => one.startsWith(`${backend}/`));
    return own.map(([one, state]) => `1 ${backend} 1 ${one.split('/')[1]} ${state}\n`).join('');
  }

  function setMaintenance(name: string, isWanted: boolean): void {
    const [ip, operational, , ...others] = servers.get(name)?.split(' ') ?? [];
    if (ip) servers.set(name, [ip, operational, isWanted ? 1 : 0, ...others].join(' '));
  }

  function certificateAnswer(verb: string, path: string): string {
    if (verb === 'new') certificates.add(path);
    if (verb === 'add') return 'Inserting certificate in crt-list\nSuccess!\n';
    if (!certificates.has(path)) return 'No such certificate.\n';
    return verb === 'commit' ? 'Committing\nSuccess!\n' : `Transaction created for certificate ${path}!\n`;
  }

  return worker;
}

test('In a batch only the failed site remains, and no spare backend is given to two sites.', async () => {
  const worker = fakeWorker();
  const live = createLiveUpdater(worker, '/f');
  const [gone, one, two] = [
    site('gone.test', '10.0.0.9', true),
    site('n1.test', '10.0.0.1'),
    site('n2.test', '10.0.0.2'),
  ];
  worker.failing = 'del ssl';
  const first = live.plan(names('n1.test', 'gone.test'), {
    before: all(gone),
    after: all(one),
    hosts: new Set(),
  });
  assert.deepEqual(
    await live.carryOut(first.plans, new Map()),
    new Set(names('n1.test')),
    'the other is done',
  );
  const spare = worker.maps.get('n1.test');
  assert.equal(spare, 'spare-1');
  worker.failing = '';
  const second = live.plan(names('n2.test'), { before: all(gone), after: all(two), hosts: new Set() });
  assert.deepEqual(await live.carryOut(second.plans, new Map()), new Set(names('n2.test')));
  assert.equal(worker.maps.get('n2.test'), 'spare-2');
  assert.match(worker.servers.get('spare-1/site') ?? '', /^10\.0\.0\.1 /);
});

test('The spare backend of a site that has gone is free again, unless that failed.', async () => {
  const worker = fakeWorker();
  const live = createLiveUpdater(worker, '/f');
  const [one, two] = [site('n1.test', '10.0.0.1'), site('n2.test', '10.0.0.2')];
  const spareOf = (domain: string, before: Sites, after: Sites) =>
    live.plan(names(domain), { before, after, hosts: new Set() });
  const carryOut = ({ plans }: LivePlans) => live.carryOut(plans, new Map());
  assert.equal((await carryOut(spareOf('n1.test', all(), all(one)))).size, 1);
  worker.failing = 'del map';
  assert.equal((await carryOut(spareOf('n1.test', all(one), all()))).size, 0);
  assert.equal(spareOf('n2.test', all(), all(two)).plans[0]?.spare, 'spare-2');
  live.reset();
  assert.equal(spareOf('n2.test', all(), all(two)).plans[0]?.spare, 'spare-1', 'after a reload all are free');
});

for (const failing of [
  'set server spare-2/',
  'add map /f/hosts.map www.n2.test',
  'new ssl cert /f/served-certs/n2.test.one.pem',
]) {
  test(`Where a worker does not take '${failing}…', only that site is left over.`, async () => {
    const worker = fakeWorker();
    const live = createLiveUpdater(worker, '/f');
    const sites = ['n1.test', 'n2.test', 'n3.test'].map((name) => site(name, '10.0.0.1', true));
    const domains = sites.map(({ domain }) => domain);
    const { plans } = live.plan(domains, { before: all(), after: all(...sites), hosts: new Set() });
    worker.failing = failing;
    const texts = new Map([['one', ['text']]]);
    assert.deepEqual(await live.carryOut(plans, texts), new Set(names('n1.test', 'n3.test')));
    if (!failing.startsWith('add map'))
      assert.equal(worker.maps.get('n2.test'), undefined, 'no name leads there');
  });
}

test('An address that a busy worker applies later is waited for.', async () => {
  const worker = fakeWorker();
  let looks = 0;
  const busy = async (commands: readonly string[]) => {
    const answers = await worker.tell((ask) => ask(commands));
    if (!commands[0]?.startsWith('show servers state') || ++looks > 3) return answers;
    return answers.map((answer) => answer.replaceAll('10.0.0.1', '0.0.0.0'));
  };
  const live = createLiveUpdater({ tell: (work) => work(busy) }, '/f');
  const one = site('n1.test', '10.0.0.1');
  const { plans } = live.plan(names('n1.test'), { before: all(), after: all(one), hosts: new Set() });
  assert.deepEqual(await live.carryOut(plans, new Map()), new Set(names('n1.test')));
  assert.equal(looks, 4);
});
