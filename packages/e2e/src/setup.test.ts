import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '@freehold/testing/wait-for';
import { exec, hostName, repository, shell, tryExec } from './host.ts';
import { hostTest } from './host-test.ts';

const setup = `${repository}/scripts/setup.sh`;
const edge = ['haproxy', 'haproxy-confd', 'docker', 'etcd'];

const top = join(import.meta.dirname, '../../..');

/** The start times of the parts of the edge, and the state of the files that setup.sh writes. */
function state(): Promise<string> {
  return shell(`
    docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}}' haproxy haproxy-confd
    systemctl show --property=ActiveEnterTimestampMonotonic docker etcd
    sha256sum /etc/freehold/host.env /etc/default/etcd /data/runtime/haproxy/default.pem /etc/sysctl.d/60-freehold.conf
    stat --format '%n %Y %a %u' /etc/systemd/system/*.service /data/* /data/runtime/*`);
}

hostTest(
  'setup.sh, run again, with or without --edge-only, changes nothing and reports that',
  edge,
  async () => {
    const before = await state();
    const said = await exec([setup, hostName]);
    assert.equal(await state(), before);
    for (const line of [
      /Packages: up to date/,
      /Folders: up to date/,
      /etcd: up to date/,
      /Images: up to date/,
      /Unit files: up to date/,
      /HAProxy: serves/,
      /Postfix: accepts mail/,
    ]) {
      assert.match(said, line);
    }
    assert.doesNotMatch(said, /Starting|Restarting|Making|Installing|new or changed|added/);
    await exec([setup, hostName, '--edge-only']);
    assert.equal(await state(), before);
  },
);

hostTest("setup.sh keeps the operator's settings", edge, async () => {
  await shell('echo FREEHOLD_SITE_MEMORY=48m >>/etc/freehold/host.env');
  try {
    await exec([setup, hostName]);
    assert.match(await exec(['cat', '/etc/freehold/host.env']), /^FREEHOLD_SITE_MEMORY=48m$/m);
  } finally {
    await shell('sed -i /^FREEHOLD_SITE_MEMORY/d /etc/freehold/host.env');
    await exec([setup, hostName]);
  }
});

for (const port of [25, 587]) {
  hostTest(
    `setup.sh refuses to start if port ${port} is in use, reports by which program, and changes nothing`,
    edge,
    async () => {
      await exec(['systemctl', 'stop', 'postfix']);
      const listeners = () => shell(`ss -Hltnp "sport = :${port}"`);
      // The last programs of Postfix end a moment later, and socat would not get the port.
      await waitFor('the port to be free', async () => (await listeners()) === '');
      await shell(
        'systemd-run --quiet --unit="squatter-$1" socat "TCP-LISTEN:$1,fork,reuseaddr" /dev/null',
        String(port),
      );
      try {
        await waitFor('it to be taken', async () => (await listeners()).includes('socat'));
        const before = await state();
        const { code, stderr } = await tryExec([setup, hostName]);
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`Port ${port} is used by socat`));
        assert.equal(await state(), before);
      } finally {
        await exec(['systemctl', 'stop', `squatter-${port}`]);
        await exec(['systemctl', 'start', 'postfix']);
      }
    },
  );
}

hostTest(
  'setup.sh warns of a firewall that blocks visitors or mail, and prints how to open it',
  edge,
  async () => {
    const rules = [
      '--match conntrack --ctstate ESTABLISHED,RELATED',
      '--in-interface lo',
      '--in-interface freehold0',
      '--protocol tcp --dport 80',
    ];
    const change = (how: string) =>
      shell(`for rule; do iptables --wait --${how} INPUT $rule --jump ACCEPT; done`, ...rules);
    await change('append');
    await shell('iptables --wait --policy INPUT DROP');
    try {
      const { code, stderr } = await tryExec([setup, hostName]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /firewall of this host seems to block TCP 25, 443 .*--dports 25,443/);
    } finally {
      await shell('iptables --wait --policy INPUT ACCEPT');
      await change('delete');
    }
    assert.doesNotMatch((await tryExec([setup, hostName])).stderr, /firewall/);
  },
);

hostTest("setup.sh waits for apt's lock, and prints the process that holds it", [], async () => {
  const lock = `use Fcntl; open(my $file, ">>", $ARGV[0]); my $all = pack("s s l! l! i", F_WRLCK, 0, 0, 0, 0);
    fcntl($file, F_SETLK, $all) or die $!; print "locked\n"; sleep 600`;
  for (const [path, command] of [
    ['/var/lib/dpkg/lock-frontend', 'install --yes iproute2'],
    ['/var/lib/apt/lists/lock', 'update'],
  ] as const) {
    await shell('systemd-run --quiet --unit apt-holder perl -e "$1" "$2"', lock, path);
    try {
      await waitFor('the lock', async () => /locked/.test(await shell('journalctl -u apt-holder -o cat')));
      await shell(
        `systemd-run --quiet --unit apt-waiter --remain-after-exit bash -c 'source "$0/scripts/lib.sh"; by_apt $1' "$1" "$2"`,
        repository,
        command,
      );
      const said = /Waiting for apt's lock, held by process \d+ \(perl\)/;
      await waitFor('the wait', async () => said.test(await shell('journalctl -u apt-waiter -o cat')));
      await exec(['systemctl', 'stop', 'apt-holder']);
      const state = () => shell('systemctl show --property SubState --value apt-waiter');
      await waitFor('its end', async () => (await state()) === 'exited', { withinMs: 120_000 });
    } finally {
      await tryExec(['systemctl', 'stop', 'apt-holder', 'apt-waiter']);
    }
  }
});

hostTest('setup.sh refuses a subnet other than that of the sites', edge, async () => {
  const other = ['env', 'FREEHOLD_SITES_NETWORK=10.99.0.0/16', setup, hostName];
  const { code, stderr } = await tryExec(other);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /is 10\.99\.0\.0\/16, but the network freehold is 172\.30\.0\.0\/16/);
});

const wrong: [string, string[], RegExp][] = [
  ['no name', [], /Missing argument: HOSTNAME/],
  ['a name that is none', ['Not_A_Host!'], /'Not_A_Host!' is not a host name/],
  ['another name than it has', ['elsewhere.test'], new RegExp(`has the name '${hostName}'`)],
  ['two names', [hostName, 'second.test'], /Unexpected argument 'second\.test'/],
  ['an unknown option', [hostName, '--sideways'], /Unknown option '--sideways'/],
  [
    'an archive that is not there',
    [hostName, '--images', '/nowhere.tar'],
    /Cannot load images from '\/nowhere\.tar'/,
  ],
];

for (const [what, args, sentence] of wrong) {
  hostTest(`setup.sh refuses ${what} with a message and exit code 2`, edge, async () => {
    const { code, stderr } = await tryExec([setup, ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, sentence);
  });
}

test('no unit and no script asks a registry for an image of freehold', async () => {
  for await (const name of glob('{unit-files,scripts}/**/*.{service,sh}', { cwd: top })) {
    const lines = (await readFile(join(top, name), 'utf8')).split('\n').filter((line) => !/^\s*#/.test(line));
    const count = (words: RegExp) => lines.join('\n').match(words)?.length ?? 0;
    assert.equal(count(/--pull never/g), count(/docker (run|create) (?!\.\*|--help)/g), name);
  }
});

hostTest('every script has --help', edge, async () => {
  const scripts = (await shell('ls "$1"/scripts/*.sh', repository)).split('\n');
  for (const script of scripts.filter((path) => !/lib\.sh$/.test(path))) {
    assert.match(await exec([script, '--help']), new RegExp(script.split('/').at(-1) ?? ''));
  }
});

hostTest('systemd reports no problem in the unit files', edge, async () => {
  const units = await shell(
    // systemd-analyze does not find a program in a separate root folder.
    'cd "$1/unit-files" && grep --files-without-match ^RootDirectory= *.service | sed "s/@/@verify.test/; s,^,/etc/systemd/system/,"',
    repository,
  );
  const { code, stdout, stderr } = await tryExec([
    'systemd-analyze',
    'verify',
    '--man=no',
    ...units.split('\n'),
  ]);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
});
