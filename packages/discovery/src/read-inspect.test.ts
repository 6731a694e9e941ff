import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDomain } from '@freehold/core/domain';
import { readInspect } from './read-inspect.ts';

const domain = parseDomain('example.com');

interface Parts {
  name?: string;
  labels?: Record<string, unknown> | null;
  ports?: Record<string, unknown> | null;
  networks?: Record<string, unknown> | null;
}

/** The parts of `docker inspect`'s output for one container that are read. */
function container(parts: Parts = {}): object {
  const {
    name = '/static_example.com',
    labels = { 'freehold.app': 'static', 'freehold.site': 'example.com', maintainer: 'someone' },
    ports = { '80/tcp': {} },
    networks = { freehold: { IPAddress: '172.30.0.5', GlobalIPv6Address: '', MacAddress: '02:42' } },
  } = parts;
  return {
    Id: '0123',
    Name: name,
    State: { Status: 'running' },
    Config: { Labels: labels, ExposedPorts: ports },
    NetworkSettings: { Networks: networks },
  };
}

const read = (...containers: unknown[]) => readInspect(JSON.stringify(containers), domain);

test("A container yields its app, and its address on the sites' network.", () => {
  assert.deepEqual(read(container()), { app: 'static', address: { ip: '172.30.0.5', port: 80 } });
  const networks = { other: { IPAddress: '10.1.1.1' }, freehold: { IPAddress: '172.30.0.6' } };
  assert.equal(read(container({ networks })).address.ip, '172.30.0.6');
});

test('A container that still has the name from the previous release is accepted.', () => {
  assert.equal(read(container({ name: '/static-example.com' })).app, 'static');
});

test('A container on one other network is reached there, over IPv6 if it has no IPv4.', () => {
  assert.equal(
    read(container({ networks: { bridge: { IPAddress: '172.17.0.2' } } })).address.ip,
    '172.17.0.2',
  );
  const networks = { bridge: { IPAddress: '', GlobalIPv6Address: 'fd00::2' } };
  assert.equal(read(container({ networks })).address.ip, 'fd00::2');
});

test('The label freehold.port selects one of several exposed ports.', () => {
  const ports = { '80/tcp': {}, '9000/tcp': {}, '53/udp': {} };
  const labels = { 'freehold.app': 'static', 'freehold.site': 'example.com', 'freehold.port': '9000' };
  assert.equal(read(container({ ports, labels })).address.port, 9000);
  assert.throws(() => read(container({ ports })), /exposes 2 TCP ports, so the label freehold\.port/);
  assert.throws(() => read(container({ ports: null })), /exposes 0 TCP ports/);
});

test('A container without an address counts as not running.', () => {
  const stopped = container({ networks: { freehold: { IPAddress: '' } } });
  assert.throws(() => read(stopped), /static_example\.com is not running/);
  assert.throws(() => read(container({ networks: {} })), /static_example\.com is not running/);
  assert.throws(() => readInspect('[]', domain), /none of example\.com is running/);
  assert.throws(() => readInspect(' \n', domain), /no container of example\.com is running/);
});

test('Of several containers, the one with an address is used; two with addresses are refused.', () => {
  const database = container({
    name: '/mysql_example.com',
    labels: { 'freehold.app': 'mysql', 'freehold.site': 'example.com' },
    networks: { none: { IPAddress: '' } },
  });
  assert.equal(read(database, container()).app, 'static');
  const second = container({
    name: '/wordpress_example.com',
    labels: { 'freehold.app': 'wordpress', 'freehold.site': 'example.com' },
  });
  assert.throws(
    () => read(container(), second),
    /static_example\.com and wordpress_example\.com are both running/,
  );
});

test('A container whose name or labels do not match the domain is refused, and the error contains its name.', () => {
  const labels = { 'freehold.app': 'static', 'freehold.site': 'other.test' };
  assert.throws(() => read(container({ labels })), /freehold\.site="other\.test"/);
  assert.throws(
    () => read(container({ labels: null })),
    /"static_example\.com" has the label freehold\.site=""/,
  );
  assert.throws(
    () => read(container({ name: '/anything' })),
    /"anything" must have the name "static_example\.com"/,
  );
  assert.throws(() => read(container(), container({ name: '/x' })), /"x" must have the name/);
  const networks = { a: { IPAddress: '10.0.0.1' }, b: { IPAddress: '10.0.0.2' } };
  assert.throws(() => read(container({ networks })), /is on 2 networks, none of which is 'freehold'/);
});

const label = (name: string, value: unknown) => ({
  'freehold.app': 'static',
  'freehold.site': 'example.com',
  [name]: value,
});

const hostile: [string, unknown, RegExp][] = [
  [
    'an address with a line break',
    container({ networks: { freehold: { IPAddress: '1.2.3.4\nserver x' } } }),
    /not an IP/,
  ],
  [
    'a scoped address',
    container({ networks: { freehold: { IPAddress: 'fe80::1%eth0' } } }),
    /not an IP address/,
  ],
  ['a port of 0', container({ labels: label('freehold.port', '0') }), /port from 1 to 65535/],
  ['a port of 70000', container({ labels: label('freehold.port', '70000') }), /port from 1 to 65535/],
  ['a port with words', container({ labels: label('freehold.port', '80 disabled') }), /port from 1 to 65535/],
  ['a label that is a number', container({ labels: label('freehold.port', 80) }), /Labels/],
  [
    'an app with a slash',
    container({ name: '/a/b_example.com', labels: label('freehold.app', 'a/b') }),
    /app name has only lower-case letters/,
  ],
  ['a network named __proto__', container({ networks: JSON.parse('{"__proto__":{}}') }), /is not running/],
  ['a string for a container', 'static_example.com', /Expected Object/],
  ['no configuration', { Name: '/static_example.com' }, /Config/],
];
for (const [what, value, reason] of hostile) {
  test(`A container with ${what} is refused with the reason.`, () => {
    assert.throws(() => read(value), { name: 'FreeholdError', message: reason });
  });
}

test('Anything but a JSON array is refused.', () => {
  assert.throws(() => readInspect('Error: No such object: x', domain), /not JSON/);
  assert.throws(() => readInspect('{}', domain), /Expected Array/);
  assert.throws(() => readInspect('['.repeat(200_000), domain), /not JSON/);
});
