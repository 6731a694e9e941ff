import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArrivingSeen, planArriving, stateOfArriving } from './arriving.ts';
import { hasStarted, type LeavingSeen, planLeaving, stateOfLeaving } from './leaving.ts';

const site: LeavingSeen = {
  isArriving: false,
  app: 'static',
  hasData: true,
  hasNotes: false,
  isPaused: false,
};
const nothing: ArrivingSeen = {
  isLeaving: false,
  origin: '',
  isReady: false,
  hasData: false,
  isMarked: false,
  hasDiscarded: false,
  hasStrayNotes: false,
  isHeldBack: false,
  wasDumped: false,
};

test('a site that was given up does not start again where it was', () => {
  const given = { ...site, given: 'static', hasNotes: true, isPaused: true };
  assert.throws(
    () => planLeaving('a.test', 'resume', given),
    /was moved away from this host, so it is not started here again/,
  );
  assert.deepEqual(planLeaving('a.test', 'tidy', given), ['disable-site', 'sync-given']);
  assert.deepEqual(stateOfLeaving(given), { kind: 'given', app: 'static' });
});

test('when a run falls silent, a paused site restarts, and a running one is left alone', () => {
  const notes = { ...site, hasNotes: true };
  assert.equal(planLeaving('a.test', 'tidy', { ...notes, isPaused: true })[0], 'start-site');
  assert.deepEqual(planLeaving('a.test', 'tidy', notes), ['stop-again-normally', 'drop-notes']);
  assert.deepEqual(planLeaving('a.test', 'tidy', site), []);
  assert.deepEqual(planLeaving('a.test', 'tidy', { ...notes, isArriving: true }), []);
});

test('a host cleans up after a site, or forgets it, only once the site has moved away', () => {
  assert.throws(() => planLeaving('a.test', 'leave', site), /still belongs to this host/);
  assert.throws(() => planLeaving('a.test', 'forget', site), /Finish the move first/);
  const gone = { ...site, app: undefined, hasData: false };
  assert.deepEqual(planLeaving('a.test', 'forget', gone), ['withdraw', 'forget-mail']);
});

test('the timer is cancelled before the site is checked and before it is given up', () => {
  const give = planLeaving('a.test', 'give', { ...site, hasNotes: true });
  assert.deepEqual(give.slice(0, 3), ['cancel-restart', 'require-stopped', 'note-given']);
});

test('a run that finds another one in progress changes nothing', () => {
  for (const seen of [
    { ...site, given: 'static' },
    { ...site, isArriving: true },
  ])
    for (const step of ['copy', 'copy-last'] as const)
      assert.throws(
        () => planLeaving('a.test', step, seen),
        /was moved away from this host|is being moved to this host/,
      );
  for (const seen of [
    { ...nothing, begun: 'static', isReady: true },
    { ...nothing, isLeaving: true },
  ])
    assert.throws(
      () => planArriving('a.test', 'begin', seen),
      /is being moved to this host or away from it already/,
    );
});

test('a stop counts only while the restart is scheduled, because a resume may have cancelled it just before', () => {
  const last = planLeaving('a.test', 'copy-last', { ...site, hasNotes: true });
  const order = ['schedule-restart', 'stop-site', 'require-paused', 'list-files'] as const;
  assert.deepEqual(
    last.filter((one) => (order as readonly string[]).includes(one)),
    [...order],
  );
});

test('a site that runs, waits for its start, or is just being started has started', () => {
  const stopped = { site: 'inactive', hasJob: false, isDue: false, restart: 'inactive' };
  assert.equal(hasStarted(stopped), false);
  for (const change of [{ site: 'failed' }, { hasJob: true }, { isDue: true }, { restart: 'activating' }])
    assert.equal(hasStarted({ ...stopped, ...change }), true);
});

test('an incomplete copy is neither announced nor finished, and a site that was given up is not copied again', () => {
  const begun = { ...nothing, begun: 'static', origin: 'h1' };
  for (const step of ['announce', 'finish'] as const)
    assert.throws(() => planArriving('a.test', step, begun), /copy of a\.test on this host is incomplete/);
  assert.throws(() => planArriving('a.test', 'take-over', nothing), /was cancelled/);
  assert.deepEqual(stateOfArriving(begun), { kind: 'unfinished' });
});

test('discarding removes what the move brought, and only that', () => {
  const begun = { ...nothing, begun: 'static' };
  const plan = (seen: Partial<ArrivingSeen>) => planArriving('a.test', 'discard', { ...begun, ...seen });
  assert.deepEqual(plan({}), ['give-back-mail', 'stop-holding-back', 'drop-notes']);
  assert.ok(plan({ isMarked: true, hasData: true }).includes('discard-data'));
  assert.ok(plan({ hasDiscarded: true }).includes('remove-site'), 'a run that was killed there is finished');
  const added = plan({ hasDiscarded: true, hasData: true, app: 'static' });
  assert.ok(
    !added.includes('remove-site') && added.includes('announce'),
    'a site that was added since continues',
  );
  assert.deepEqual(planArriving('a.test', 'discard', nothing), []);
});

test('a complete copy, and notes of the other end of a move, are not cleaned up', () => {
  assert.deepEqual(planArriving('a.test', 'tidy', { ...nothing, begun: 'static', isReady: true }), []);
  assert.deepEqual(planArriving('a.test', 'tidy', { ...nothing, isLeaving: true, hasStrayNotes: true }), []);
  assert.deepEqual(planArriving('a.test', 'tidy', { ...nothing, hasStrayNotes: true }), ['drop-notes']);
});

test('if both servers share an etcd, the record is written at the announcement', () => {
  const ready = { ...nothing, begun: 'static', isReady: true };
  assert.ok(!planArriving('a.test', 'announce', ready).includes('put-record'));
  const plan = planArriving('a.test', 'announce', { ...ready, isHeldBack: true });
  assert.ok(plan.indexOf('put-record') < plan.indexOf('let-announce'));
});
