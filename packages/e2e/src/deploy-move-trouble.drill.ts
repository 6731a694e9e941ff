// Whatever goes wrong while a site moves, it is served by one of the two servers, and the next run brings the move to
// its end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import {
  freezeIn,
  from,
  isServed,
  isServedBy,
  make,
  moves,
  nothingIsLeft,
  remove,
  site,
  step,
  thaw,
  to,
  untilGiven,
} from './moved-site.ts';
import { run } from './run.ts';
import {
  containerOf,
  deployAll,
  fromControlMachine,
  onControlMachine,
  onServer,
  type Server,
  startServers,
} from './servers.ts';

before(async () => {
  await startServers();
  await deployAll();
  await make();
});
after(remove);

/** As after a power cut; its address may be another one then. */
async function restart(server: Server): Promise<void> {
  const { code, stderr } = await run('docker', ['restart', '--time', '1', containerOf(server)]);
  assert.equal(code, 0, stderr);
  await startServers();
}

/** Neither what comes nor what goes by ssh arrives, and nobody is told. */
const drop = (server: Server, how: '-I' | '-D') =>
  onServer(
    server,
    `iptables -w ${how} INPUT -p tcp --dport 22 -j DROP; iptables -w ${how} OUTPUT -p tcp --sport 22 -j DROP`,
  );

const mailOf = (server: Server) => onServer(server, 'etcdctl get --prefix "/mail/$1/"', site);

test('a copy that finds no room leaves nothing behind, neither there nor here', async () => {
  await onServer(to, 'mkdir -p /data/moving; mount -t tmpfs -o size=1m none /data/moving');
  try {
    const { code, stderr } = await onControlMachine(`./move-site.sh ${site} ${from} ${to}`);
    assert.equal(code, 1);
    assert.match(stderr, /arrived incomplete[\s\S]*still runs at/);
    await nothingIsLeft(to);
  } finally {
    await onServer(to, 'umount /data/moving');
  }
  await isServedBy(from);
  await nothingIsLeft(from);
});

test('a site that does not start on its new server leaves the mail forwards there unchanged', async () => {
  await onServer(from, '/opt/freehold/scripts/mail.sh add "info@$1" new@elsewhere.example', site);
  await onServer(from, '/opt/freehold/scripts/mail.sh add "post@$1" new@elsewhere.example', site);
  await onServer(to, '/opt/freehold/scripts/mail.sh add "info@$1" old@elsewhere.example', site);
  const before = await mailOf(to);
  const broken = '/run/systemd/system/static@.service.d';
  await onServer(
    to,
    'mkdir "$1"; printf "[Service]\\nExecStartPre=false\\n" >"$1/broken.conf"; systemctl daemon-reload',
    broken,
  );
  try {
    const { code, stderr } = await onControlMachine(`./move-site.sh ${site} ${from} ${to}`);
    assert.equal(code, 1);
    assert.match(stderr, /did not start on this host[\s\S]*restarts at/);
  } finally {
    await onServer(to, 'rm -r "$1"; systemctl daemon-reload', broken);
  }
  await isServedBy(from);
  for (const server of [from, to]) await nothingIsLeft(server);
  assert.equal(await mailOf(to), before);
  await moves();
  assert.match(await mailOf(from), /info\n\["new@elsewhere.example"\][\s\S]*post/);
});

test('one site is moved by one run at a time, from any control machine', async () => {
  const move = await freezeIn('copy');
  const here = await onControlMachine(`./move-site.sh ${site} ${from} ${to}`);
  const elsewhere = await onControlMachine(
    `FREEHOLD_CONFIG=/tmp/other-control-machine ./move-site.sh ${site} ${from} ${to}`,
  );
  const back = await onControlMachine(
    `FREEHOLD_CONFIG=/tmp/other-control-machine ./move-site.sh ${site} ${to} ${from}`,
  );
  for (const { code, stderr } of [here, elsewhere, back]) {
    assert.equal(code, 1);
    assert.match(stderr, /another run moves it already/);
  }
  assert.match(await thaw(move), /Point DNS there/);
  await isServedBy(to);
  await fromControlMachine(`./move-site.sh ${site} ${to} ${from}`);
});

test('a run that is killed in its copy leaves nothing, and the next one need not wait', async () => {
  const move = await freezeIn('copy');
  await move.cutOff();
  for (const server of [from, to]) await nothingIsLeft(server);
  await isServedBy(from);
  await moves();
});

test('a run that is killed in its pause is followed at once by one that moves it', async () => {
  const move = await freezeIn('pause', '--pause 100');
  await move.cutOff();
  assert.match(await moves(), /Point DNS there/);
});

test('a move back before the move is finished is refused, and spoils nothing', async () => {
  await step(untilGiven);
  const { code, stderr } = await onControlMachine(`./move-site.sh ${site} ${to} ${from}`);
  assert.equal(code, 1);
  assert.match(stderr, /reports 'arriving', and \S+ reports 'leaving'/);
  assert.match(await moves(), /Point DNS there/);
});

for (const end of ['from', 'to'] as const) {
  const which = end === 'from' ? 'leaves' : 'goes to';
  const server = () => (end === 'from' ? from : to);

  for (const moment of ['copy', 'pause'] as const)
    test(`a restart of the server that it ${which} in its ${moment} does not lose it`, async () => {
      const move = await freezeIn(moment);
      await restart(server());
      assert.match(await thaw(move), /not moved|unknown/);
      await isServedBy(from);
      await moves();
    });

  test(`a silent loss of the server that it ${which} in its pause does not lose it`, async (context) => {
    const move = await freezeIn('pause', '--pause 15');
    const begun = Date.now();
    await drop(server(), '-I');
    let said = '';
    try {
      said = await thaw(move);
      // Its new place may answer too, until it can be told; no visitor is led there.
      await isServed(from);
    } finally {
      await drop(server(), '-D');
    }
    context.diagnostic(`${Math.round((Date.now() - begun) / 1000)} s`);
    assert.match(said, /not moved|unknown/);
    await moves();
  });
}

for (const end of ['from', 'to'] as const)
  test(`a restart of the server that it ${end === 'from' ? 'left' : 'went to'} after it was given up does not lose it`, async () => {
    await step(untilGiven);
    await restart(end === 'from' ? from : to);
    assert.match(await moves(), /Point DNS there/);
  });

test('once it is announced, it comes back with its new server, also if the move was not finished', async () => {
  await step(`${untilGiven}; announce; leave`);
  await restart(to);
  await isServedBy(to);
  await waitFor(
    'it to be enabled',
    async () => (await onServer(to, 'systemctl is-enabled "static@$1" || true', site)) === 'enabled',
  );
  await moves();
});
