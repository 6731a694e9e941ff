import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseForwards, parseSites } from './backup-contents.ts';
import { findElsewhere, parseServerSites } from './find-elsewhere.ts';
import { type HostSeen, hostFiles, planHostSettings } from './host-settings.ts';
import { planMail } from './mail.ts';
import { whyAway } from './site.ts';
import { planSettings } from './site-settings.ts';
import { domainOfUpload } from './uploads.ts';

test('the sites of a backup are read, also names that are none', () => {
  assert.deepEqual(parseSites('static a.test\n- off.test\nstatic ../../etc\nx\n\n'), [
    { app: 'static', name: 'a.test' },
    { app: undefined, name: 'off.test' },
    { app: 'static', name: '../../etc' },
  ]);
});

test('only keys of mail forwards are read', () => {
  const forwards = parseForwards('/mail/a.test/info\n["x"]\n/services/a\n{}\n/mail/b.test\n[]\n');
  assert.deepEqual(forwards, [{ domain: 'a.test', local: 'info', key: '/mail/a.test/info', value: '["x"]' }]);
});

test('an upload belongs to a domain whatever its case, its www. and its packing', () => {
  for (const name of ['a.test', 'A.Test', 'www.a.test', 'a.test.tar.gz', 'WWW.a.test.ZIP', 'a.test.tbz'])
    assert.equal(domainOfUpload(name), 'a.test', name);
  assert.equal(domainOfUpload('www.Müller.example.tar'), 'xn--mller-kva.example');
  for (const name of ['.a.test', 'a_b', 'x.zip', '']) assert.equal(domainOfUpload(name), undefined, name);
});

test('forwards that are here stay, and those of a cluster are its own', () => {
  const forwards = parseForwards('/mail/a.test/x\n1\n/mail/a.test/y\n2\n/mail/a.test/z\n3\n');
  const here = new Map([
    ['/mail/a.test/x', '1'],
    ['/mail/a.test/y', '0'],
  ]);
  const plan = planMail(forwards, here, false);
  assert.deepEqual(
    plan.toWrite.map(({ key }) => key),
    ['/mail/a.test/z'],
  );
  assert.match(
    plan.notices[0]?.sentence ?? '',
    /mail for y@a\.test is forwarded to 0 on this host, not to 2/,
  );
  const member = planMail(forwards, here, true);
  assert.deepEqual(member.toWrite, []);
  assert.match(member.notices[1]?.sentence ?? '', /z@a\.test, to 3, belongs to the cluster/);
  assert.equal(member.notices[1]?.kind, 'failure');
});

const own = 'static@a.test.service.d/own.conf';

test("settings of a site's units are installed if none of somebody else is here", () => {
  const sent = new Map([
    [own, 'x'],
    ['static@a.test.service.d/more.conf', 'y'],
  ]);
  assert.equal(planSettings('a.test', new Map(), new Map()).isOurs, false);
  const fresh = planSettings('a.test', sent, new Map());
  assert.equal(fresh.isOurs, true);
  assert.equal(fresh.notices[0]?.sentence, `Settings of the units of a.test: ${[...sent.keys()].join(' ')}`);
  assert.equal(planSettings('a.test', sent, new Map([[own, 'x']])).isOurs, true);
  for (const here of [new Map([[own, 'z']]), new Map([['static@a.test.service.d/mine.conf', 'x']])]) {
    const { isOurs, notices } = planSettings('a.test', sent, here);
    assert.equal(isOurs, false);
    assert.match(notices[0]?.sentence ?? '', /exist on this host already and were not changed/);
  }
});

test('what is no setting of the site is refused', () => {
  for (const path of [
    'ssh.service.d/x.conf',
    'static@a.test.au.service.d/x.conf',
    'static@a.test.service.d/../x.conf',
    'static@a.test.service.d/x y.conf',
    'static@a.test.service',
  ]) {
    const sent = new Map([
      [own, ''],
      [path, ''],
    ]);
    assert.match(
      planSettings('a.test', sent, new Map()).refused ?? '',
      /is not a setting of a unit of a\.test/,
    );
  }
});

function hostSeen(given: Partial<HostSeen>): HostSeen {
  const nothing = { backedUp: '', here: '' };
  return { files: [], secrets: nothing, isRestartDue: false, environment: nothing, ...given };
}

test("of a host's settings, those are added that are missing and are not a host's own", () => {
  const environment = {
    backedUp:
      'FREEHOLD_HOST=old\nFREEHOLD_ETCD_CERT=x\nFREEHOLD_OPERATOR=a\nFREEHOLD_ACME=on\nFREEHOLD_ACME=off\nPATH=/x\nno line\nFREEHOLD_VERSION=1\nFREEHOLD_DISK_RESERVE_MB=5',
    here: 'FREEHOLD_HOST=new\nFREEHOLD_OPERATOR=b',
  };
  const { operations } = planHostSettings(hostSeen({ environment }));
  assert.deepEqual(
    operations.map(({ operation }) => operation),
    [{ act: 'add-settings', lines: ['FREEHOLD_ACME=off', 'FREEHOLD_DISK_RESERVE_MB=5'] }],
  );
});

test('files of the host that are here stay, and that is reported where they differ', () => {
  const files = hostFiles('h1.test').map((file) => ({
    file,
    backedUp: 'x',
    here: 'y' as string | undefined,
  }));
  const different = planHostSettings(hostSeen({ files }));
  assert.deepEqual(different.operations, []);
  assert.equal(different.notices.length, 4);
  const missing = files.map((one) => ({ ...one, here: undefined }));
  const installed = planHostSettings(hostSeen({ files: missing }));
  assert.equal(installed.operations.length, files.length);
  assert.deepEqual(planHostSettings(hostSeen({ files: files.map((one) => ({ ...one, here: 'x' })) })), {
    notices: [],
    operations: [],
  });
});

test('secrets of before are added once, and only where the host has its own', () => {
  const acts = (backedUp: string, here: string) =>
    planHostSettings(hostSeen({ secrets: { backedUp, here } })).operations.map(
      ({ operation }) => operation.act,
    );
  assert.deepEqual(acts('old\n', 'new\n'), [
    'note-restart',
    'append-secrets',
    'restart-postfix',
    'drop-restart-note',
  ]);
  assert.deepEqual(acts('old\n', 'new\nold\n'), []);
  assert.deepEqual(acts('', 'new\n'), []);
  assert.deepEqual(acts('old\n', ''), []);
});

test('the target is no other server, whatever it is called in the list', () => {
  const one = (text: string) => parseServerSites(text);
  const target = one('host h1.test\nsite a.test\n');
  const others = [
    target,
    one('host h1.test\nsite b.test\n'),
    one('host h2.test\nsite c.test\nsite d.test\n'),
  ];
  assert.deepEqual(
    findElsewhere(['a.test', 'b.test', 'c.test'], target, others),
    new Map([['c.test', 'h2.test']]),
  );
  assert.deepEqual(one(''), { host: '', sites: new Set() });
});

test('a site whose move is not finished is refused, with what to do without the other server', () => {
  const why = whyAway('a.test', { isMoving: true, elsewhere: [] });
  assert.match(why ?? '', /gone for good, delete \/data\/moving\/a\.test first\.$/);
});
