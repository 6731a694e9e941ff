import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Domain, parseDomain } from '@freehold/core/domain';
import { createLiveUpdater } from './live-update.ts';
import type { Site, Sites } from './site.ts';

function site(name: string, ip: string, isSecured = false): Site {
  const domain = parseDomain(name);
  const certificate = { path: `/f/${name}.pem`, fingerprint: 'one', names: [domain] };
  return { domain, backends: [{ host: 'h1', address: { ip, port: 80 } }], ...(isSecured && { certificate }) };
}

const all = (...sites: Site[]): Sites => new Map(sites.map((one) => [one.domain, one]));

const names = (...domains: string[]): Domain[] => domains.map(parseDomain);

/** A worker that does what it is told, but for commands that begin with `failing`. */
function fakeWorker() {
  const servers = new Map<string, string>();
  const maps = new Map<string, string>();
  const worker = { failing: '', servers, maps, command, commandWith: async () => 'Success!\n' };

  async function command(commands: readonly string[]): Promise<string> {
    return commands.map(run).join('');
  }

  function run(line: string): string {
    const [verb, what, name = '', key = '', value = '', , port = ''] = line.split(' ');
    if (worker.failing !== '' && line.startsWith(worker.failing)) return 'It cannot be done.\n';
    if (what === 'server' && key === 'addr')
      servers.set(name, `${value} 2 0 1 1 1 1 1 1 1 0 0 0 - ${port} -`);
    if (what === 'map' && verb !== 'del') maps.set(key, value);
    if (what === 'map' && verb === 'del') maps.delete(key);
    if (what !== 'servers') return '';
    const [, , , backend] = line.split(' ');
    const own = [...servers].filter(([one]) => one.startsWith(`${backend}/`));
    return own.map(([one, state]) => `1 ${backend} 1 ${one.split('/')[1]} ${state}\n`).join('');
  }

  return worker;
}

test('A spare backend whose site was told in a batch that failed is not given to another site.', async () => {
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
  assert.equal(await live.carryOut(first.plans, new Map()), false);
  const spare = worker.maps.get('n1.test');
  assert.equal(spare, 'spare-1', 'the worker has it all the same');
  worker.failing = '';
  const second = live.plan(names('n2.test'), { before: all(gone), after: all(two), hosts: new Set() });
  assert.equal(await live.carryOut(second.plans, new Map()), true);
  assert.equal(worker.maps.get('n2.test'), 'spare-2');
  assert.match(worker.servers.get('spare-1/site') ?? '', /^10\.0\.0\.1 /);
});

test('The spare backend of a site that has gone is free again, unless that failed.', async () => {
  const worker = fakeWorker();
  const live = createLiveUpdater(worker, '/f');
  const [one, two] = [site('n1.test', '10.0.0.1'), site('n2.test', '10.0.0.2')];
  const spareOf = (domain: string, before: Sites, after: Sites) =>
    live.plan(names(domain), { before, after, hosts: new Set() });
  assert.equal(await live.carryOut(spareOf('n1.test', all(), all(one)).plans, new Map()), true);
  worker.failing = 'del map';
  assert.equal(await live.carryOut(spareOf('n1.test', all(one), all()).plans, new Map()), false);
  assert.equal(spareOf('n2.test', all(), all(two)).plans[0]?.spare, 'spare-2');
  live.reset();
  assert.equal(spareOf('n2.test', all(), all(two)).plans[0]?.spare, 'spare-1', 'after a reload all are free');
});
