// A deploy with one fault at each of its moments, in a model of a server: the server is at one version, the next run does
// what is left, and a run that the server is no longer held for changes nothing more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeployRun, deployModel, type Fault, makeServer } from './model-server.ts';
import { deploySteps, rollBackSteps } from './run-deploy.ts';

const deploy: DeployRun = { id: 'one', version: 'new', steps: deploySteps };
const rollBack: DeployRun = { id: 'one', version: 'old', steps: rollBackSteps };

test('a bare server has the version, its images and its own files after a deploy', async () => {
  const server = makeServer();
  assert.equal((await deployModel(server, deploy)).reason, undefined);
  assert.deepEqual([server.inUse, server.ownFiles], ['new', 'one']);
});

test('what a server has is not sent again', async () => {
  const server = makeServer('new');
  await deployModel(server, deploy);
  assert.equal(server.changes.length, 3, 'it is prepared, gets its own files and is switched');
});

test('a server does not go back to a version that it lacks', async () => {
  const server = makeServer('new');
  assert.match((await deployModel(server, rollBack)).reason ?? '', /no such version/);
  assert.equal(server.inUse, 'new');
});

for (const [what, before] of [
  ['a bare server', undefined],
  ['a host', 'old'],
] as const) {
  for (const kind of [
    'control-gone',
    'server-lost',
    'hold-lost',
    'taken-over',
    'taken-over-unnoticed',
  ] as const) {
    test(`${kind} at each moment of a deploy to ${what}: it has one version, and the next run finishes`, async () => {
      const { moments } = await deployModel(makeServer(before), deploy);
      for (let moment = 1; moment <= moments; moment += 1) {
        await check({ moment, kind }, moment >= moments - 1);
      }
    });
  }

  async function check(fault: Fault, isSwitching: boolean): Promise<void> {
    const server = makeServer(before);
    const { reason } = await deployModel(server, deploy, fault);
    // A switch goes on to its end, and no other one begins meanwhile.
    const endsWell = isSwitching && !['control-gone', 'server-lost'].includes(fault.kind);
    assert.equal(reason === undefined, endsWell, `${fault.kind} at ${fault.moment}: ${reason}`);
    assert.ok([before, 'new'].includes(server.inUse));
    const again = await deployModel(server, { ...deploy, id: 'two' });
    assert.equal(again.reason, undefined);
    assert.deepEqual([server.inUse, server.ownFiles], ['new', 'two']);
  }
}

test('a run that another one has taken the server from changes nothing more, whether it learns of that or not', async () => {
  for (const kind of ['taken-over', 'taken-over-unnoticed', 'hold-lost'] as const) {
    const { moments } = await deployModel(makeServer('old'), deploy);
    for (let moment = 1; moment <= moments; moment += 1) {
      const [server, undisturbed] = [makeServer('old'), makeServer('old')];
      await deployModel(server, deploy, { moment, kind });
      await deployModel(undisturbed, deploy, { moment, kind: 'control-gone' });
      // The step that is under way at that moment may still come to its end.
      const more = server.changes.length - undisturbed.changes.length;
      assert.ok(more <= 1 && (moment % 3 === 2 || more === 0), `${kind} at ${moment}: ${more} more`);
    }
  }
});
