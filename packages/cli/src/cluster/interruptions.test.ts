// A cluster is created, renewed and made smaller with one fault at each moment, in a model: whatever happens, no record is
// lost, no host keeps access that it should not have, and the next run brings the change to its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessOf } from './access.ts';
import { certificatesOf } from './issue.ts';
import { etcdOf, judgeOf, toolsOf } from './model-keys.ts';
import { serversOf } from './model-servers.ts';
import {
  ControlGone,
  type Fault,
  type FaultKind,
  hasMajority,
  makeWorld,
  type World,
} from './model-world.ts';
import { createCluster } from './run-create.ts';
import { removeHost } from './run-keys.ts';

type Work = (world: World, said: string[]) => Promise<unknown>;

const create: Work = (world, said) =>
  createCluster(
    world.servers.map(({ name, address }) => ({ server: name, address })),
    toolsOf(world),
    serversOf(world, said),
  );
const remove: Work = (world) => removeHost(toolsOf(world), etcdOf(world), 'h3');

/** Runs it to its end; gives why it failed, or an empty text. */
async function run(world: World, work: Work, fault?: Fault): Promise<string> {
  const said: string[] = [];
  Object.assign(world, { fault, moment: 0, operation: '', changes: [], isControlGone: false });
  try {
    await work(world, said);
    return '';
  } catch (error) {
    const isGone = error instanceof ControlGone || (error as Error).cause instanceof ControlGone;
    return isGone ? 'gone' : [...said, (error as Error).message].join('; ');
  } finally {
    world.away.clear();
    Object.assign(world, { fault: undefined });
  }
}

/** Fails as `assert` does, with the moment of the fault. */
async function checkEach(
  prepare: () => Promise<World>,
  work: Work,
  kind: FaultKind,
  check: (world: World, failure: string) => Promise<void>,
): Promise<number> {
  const whole = await prepare();
  assert.equal(await run(whole, work), '');
  for (let moment = 1; moment <= whole.moment; moment += 1) {
    const world = await prepare();
    const failure = await run(world, work, { moment, kind });
    const { operation } = world;
    try {
      await check(world, failure);
    } catch (error) {
      const about = `${kind} ${operation} at ${moment}`;
      throw new Error(`${about}: ${(error as Error).message}`, { cause: error });
    }
  }
  return whole.moment;
}

test('without a fault, servers become a cluster, and one alone does', async () => {
  for (const count of [1, 2, 3]) {
    const world = makeWorld(count);
    assert.equal(await run(world, create), '');
    assertCluster(world, allOf(world));
    await assertSettled(world);
  }
});

const site = '/services/static/a.test/h1';

function assertKept({ servers: [first], etcd }: World): void {
  const where = first?.etcd === 'alone' ? first.records : etcd.records;
  assert.ok(where.has(site), "the first server's site is known");
}

function assertCluster(world: World, names: readonly string[]): void {
  const { etcd, files, servers } = world;
  assertKept(world);
  assert.deepEqual(etcd.members.map(({ name }) => name).sort(), [...names]);
  assert.deepEqual([...etcd.users].sort(), [...names, 'operator', 'root']);
  assert.equal(etcd.isGuarded, true);
  for (const name of names) {
    const granted = accessOf(name).filter(([, verb, role]) => verb !== undefined && role === `host-${name}`);
    assert.equal(etcd.roles.get(`host-${name}`)?.size, granted.length - 1, `the role of ${name}`);
  }
  const members = servers.filter(({ name }) => names.includes(name));
  for (const host of members) {
    for (const spec of certificatesOf(host)) assert.ok(judgeOf(world)(files, spec), spec.certificate);
    assert.equal(host.etcd, 'member');
    const own = `hosts/${host.name}/`;
    const issued = [...files].filter(([path]) => path.startsWith(own));
    assert.deepEqual(
      new Map(issued.map(([path, text]) => [path.slice(own.length), text])),
      host.installed,
      `${host.name} has the keys that it was issued`,
    );
    assert.equal(host.installed.get('certificate-keys'), files.get('certificate-keys'));
    for (const other of names)
      assert.match(host.installed.get('settings') ?? '', new RegExp(`10.0.0.${other[1]}`));
  }
}

/** A further run changes nothing: it asks etcd for what is so, and hands over the same keys. */
async function assertSettled(world: World): Promise<void> {
  assert.equal(await run(world, create), '');
  const changes = world.changes.filter((what) => /^(?:write|remove|member|del) /.test(what));
  assert.deepEqual(changes, []);
}

const allOf = ({ servers }: World) => servers.map(({ name }) => name);

const kinds = {
  2: ['control-ends', 'control-lost', 'first-loses-power', 'last-loses-power', 'last-gone'],
  3: ['control-ends', 'last-loses-power'],
} as const;
for (const count of [2, 3] as const) {
  for (const kind of kinds[count]) {
    test(`${kind} at each moment while ${count} servers become a cluster: the next run finishes it`, async (context) => {
      const prepare = async () => makeWorld(count);
      const moments = await checkEach(prepare, create, kind, async (world) => {
        assertKept(world);
        assert.equal(await run(world, create), '');
        assertCluster(world, allOf(world));
      });
      context.diagnostic(`${moments} moments`);
    });
  }
}

test('a site that is added at a server meanwhile is not lost, and the cluster is finished without it', async () => {
  for (const count of [2, 3]) {
    await checkEach(
      async () => makeWorld(count),
      create,
      'site-added',
      async (world, failure) => {
        const last = world.servers.at(-1);
        const late = `/services/static/late.test/${last?.name}`;
        assertKept(world);
        if (last?.records.has(late) !== true) return assert.equal(failure, '');
        assert.match(failure, /has sites|was added and has not started|Nothing was changed/);
        assert.equal(last.etcd, 'alone');
        assert.match(await run(world, create), /has sites or mail forwards of its own/);
        assert.ok(last.records.delete(late), 'it is there until the operator removes it');
        assert.equal(await run(world, create), '');
        assertCluster(world, allOf(world));
      },
    );
  }
});

async function makeCluster(): Promise<World> {
  const world = makeWorld(3);
  assert.equal(await run(world, create), '');
  for (const prefix of ['/services/static/c.test', '/acme/claims/c.test', '/acme/members', '/hosts'])
    world.etcd.records.add(`${prefix}/h3`);
  return world;
}

for (const kind of ['control-ends', 'control-lost', 'first-loses-power', 'last-loses-power'] as const) {
  test(`${kind} at each moment while certificates are renewed: the next run finishes it, and nobody is interrupted`, async () => {
    const prepare = async () => {
      const world = await makeCluster();
      world.day = 600;
      return world;
    };
    await checkEach(prepare, create, kind, async (world) => {
      assertKept(world);
      assert.ok(hasMajority(world));
      assert.equal(await run(world, create), '');
      assertCluster(world, ['h1', 'h2', 'h3']);
    });
  });
}

for (const kind of ['control-ends', 'control-lost', 'last-gone'] as const) {
  test(`${kind} at each moment while a host is removed: it never gets the new key, and the next run finishes it`, async () => {
    await checkEach(makeCluster, remove, kind, async (world) => {
      const { files, etcd, servers } = world;
      const known = servers[2]?.installed.get('certificate-keys') ?? '';
      const own = files.get('hosts/h3/certificate-keys');
      assert.ok(own === undefined || own === known, 'it has no key that is new');
      const again = await run(world, remove);
      if (again !== '') assert.match(again, /^'h3' is not a host of this cluster: h1 h2\.$/);
      assert.deepEqual([...etcd.users].sort(), ['h1', 'h2', 'operator', 'root']);
      assert.equal(etcd.roles.has('host-h3'), false);
      assert.deepEqual([...etcd.records], [site]);
      assert.ok(![...files.keys()].some((path) => path.startsWith('hosts/h3/')));
      assert.ok(
        !known.includes(files.get('certificate-keys')?.split('\n')[0] ?? known),
        'another key is in use',
      );
      world.servers.pop();
      assert.equal(await run(world, create), '');
      assertCluster(world, ['h1', 'h2']);
      for (const { installed } of world.servers)
        assert.doesNotMatch(installed.get('settings') ?? '', /10\.0\.0\.3/);
    });
  });
}

test('if etcd has no majority, a removal changes nothing', async () => {
  const world = await makeCluster();
  for (const server of world.servers.slice(1)) world.away.add(server);
  const files = new Map(world.files);
  assert.match(await run(world, remove), /etcd does not answer at .*Nothing was changed/);
  assert.deepEqual([world.files, [...world.etcd.users]], [files, ['root', 'operator', 'h1', 'h2', 'h3']]);
});
