// An upload with one fault at each of its moments, in a model of a host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReceivingHost, receiveUpload } from './receive.ts';

type Data = 'part' | 'unsynced' | 'whole';
interface Model {
  hidden?: Data | undefined;
  placed?: Data | undefined;
}
type Kind = 'killed' | 'power' | 'failing' | 'cut';

/** A run with a fault before the step with this number, or after it. */
async function run(model: Model, fault?: { readonly moment: number; readonly kind: Kind }): Promise<string> {
  let moment = 0;
  let isDead = false;
  const pass = () => {
    moment += 1;
    if (fault?.moment !== moment) return;
    if (fault.kind === 'power') {
      if (model.hidden === 'unsynced') model.hidden = 'part';
      if (model.placed === 'unsynced') model.placed = 'part';
    }
    isDead = fault.kind === 'killed' || fault.kind === 'power';
    if (fault.kind !== 'cut') throw new Error(fault.kind);
  };
  const step = (act: () => void) => async () => {
    if (isDead) throw new Error('It is gone.');
    pass();
    act();
    pass();
  };
  const vacant = () => assert.equal(model.placed, undefined, 'An import is pending already');
  const host: ReceivingHost = {
    prepare: step(() => {
      vacant();
      model.hidden = undefined;
    }),
    receive: async () => {
      let isCut = false;
      await step(() => {
        isCut = fault?.kind === 'cut';
        model.hidden = isCut ? 'part' : 'unsynced';
      })();
      return !isCut;
    },
    sync: step(() => {
      model.hidden = 'whole';
    }),
    place: step(() => {
      vacant();
      model.placed = model.hidden;
      model.hidden = undefined;
    }),
    // A process that is gone deletes nothing.
    discard: async () => {
      if (!isDead) model.hidden = undefined;
    },
  };
  return receiveUpload('a.test', host).then(
    () => 'done',
    (error: Error) => error.message,
  );
}

test('an upload is placed once it is whole and on disk', async () => {
  const model: Model = {};
  assert.equal(await run(model), 'done');
  assert.deepEqual(model, { placed: 'whole', hidden: undefined });
});

for (const kind of ['killed', 'power', 'failing', 'cut'] as const) {
  test(`${kind} at each moment: import finds all of it or nothing, and it can be sent again`, async () => {
    for (let moment = 1; moment <= 8; moment += 1) {
      const model: Model = {};
      const outcome = await run(model, { moment, kind });
      assert.ok(model.placed === undefined || model.placed === 'whole', `${moment}: ${model.placed}`);
      if (kind === 'cut') assert.match(outcome, /arrived incomplete and was deleted/);
      if (kind === 'cut' || kind === 'failing') assert.equal(model.hidden, undefined);
      const wasPlaced = model.placed !== undefined;
      const again = await run(model);
      if (wasPlaced) assert.match(again, /pending already/);
      else assert.equal(again, 'done');
      assert.deepEqual([model.placed, model.hidden], ['whole', undefined]);
    }
  });
}

test('what came to be imported meanwhile stays', async () => {
  const model: Model = {};
  const own: ReceivingHost = {
    prepare: async () => undefined,
    receive: async () => true,
    sync: async () => void Object.assign(model, { placed: 'part' }),
    place: async () => assert.equal(model.placed, undefined, 'An import is pending already'),
    discard: async () => undefined,
  };
  await assert.rejects(receiveUpload('a.test', own), /pending already/);
  assert.equal(model.placed, 'part');
});
