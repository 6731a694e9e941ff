// What the scripts that run on a host read from HAProxy (scripts/host-lib.sh).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const scripts = join(import.meta.dirname, '../../../scripts');

/** What `edge_checks` prints for this hosts.map and these servers. */
function edgeChecks(map: readonly string[], servers: readonly string[]): string[] {
  const script = `set -euo pipefail
source '${scripts}/lib.sh'; source '${scripts}/host-lib.sh'
setting() { echo h1; }
edge() { case $1 in show\\ map*) echo "$MAP" ;; *) echo "$STAT" ;; esac; }
edge_checks`;
  const env = { PATH: process.env.PATH, MAP: map.join('\n'), STAT: servers.join('\n') };
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { env, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.trim().split('\n');
}

/** A line of `show stat`: fields 1, 2, 18, 37 and 38. */
function server(backend: string, name: string, status: string, check = '', code = ''): string {
  const fields = Array.from({ length: 40 }, () => '');
  [fields[0], fields[1], fields[17], fields[36], fields[37]] = [backend, name, status, check, code];
  return fields.join(',');
}

test('A site has the state of its own backend, or of its spare backend.', () => {
  const map = ['0x1 spare-1 b.test', '0x2 b.test spare-1', '0x3 a.test a.test'];
  const servers = [
    server('a.test', 'h1', 'UP', 'L7OK', '200'),
    server('spare-1', 'site', 'UP', 'L7OK', '404'),
    server('spare-2', 'site', 'MAINT'),
  ];
  assert.deepEqual(edgeChecks(map, servers), ['a.test UP L7OK/200', 'b.test UP L7OK/404']);
});

test('The old backend of a site that was removed and added again does not count.', () => {
  const servers = [server('spare-1', 'site', 'UP', 'L7OK', '200'), server('b.test', 'h1', 'MAINT')];
  assert.deepEqual(edgeChecks(['0x1 spare-1 b.test'], servers), ['b.test UP L7OK/200']);
});
