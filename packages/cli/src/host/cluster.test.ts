import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFault, clusterRows, parseMembers, parseStatus } from './cluster.ts';

// As etcdctl 3.5 prints them: the ids have 64 bits, and two of these are one number for JavaScript.
const members = `{"header":{"cluster_id":1},"members":[
  {"ID":10276657743932975437,"name":"h1.test","peerURLs":["https://10.0.0.1:2380"],"clientURLs":["https://10.0.0.1:2379"]},
  {"ID":10276657743932975438,"name":"h2.test","peerURLs":["https://10.0.0.2:2380"],"clientURLs":["https://10.0.0.2:2379"]},
  {"ID":3,"peerURLs":["https://10.0.0.3:2380"]}]}`;
const status = `[
  {"Endpoint":"https://10.0.0.1:2379","Status":{"header":{"member_id":10276657743932975437},"version":"3.5.16","dbSize":20480,"leader":10276657743932975438}},
  {"Endpoint":"https://10.0.0.2:2379","Status":{"header":{"member_id":10276657743932975438},"version":"3.5.16","dbSize":20480,"leader":10276657743932975438}}]`;

test('members are leader, follower or without an answer, and alive if they have a lease', () => {
  const rows = clusterRows({
    members: parseMembers(members),
    status: parseStatus(status),
    alive: new Map([
      ['h1.test', '10.0.0.1'],
      ['h2.test', '10.0.0.2'],
    ]),
    own: 'h1.test',
  });
  assert.deepEqual(
    rows.map(({ host, etcd, alive, address }) => [host, etcd, alive, address]),
    [
      ['h1.test', 'follower', true, '10.0.0.1'],
      ['h2.test', 'leader', true, '10.0.0.2'],
      [null, 'no answer', false, null],
    ],
  );
  assert.equal(clusterFault(rows), '1 of 3 members have problems: a member without a name.');
});

test('a host that is alone is the only member, by its own name', () => {
  const rows = clusterRows({
    members: parseMembers('{"members":[{"ID":1,"name":"default","clientURLs":["http://localhost:2379"]}]}'),
    status: parseStatus('[{"Status":{"header":{"member_id":1},"version":"3.4.30","dbSize":1,"leader":1}}]'),
    alive: new Map([['h1.test', '10.0.0.1']]),
    own: 'h1.test',
  });
  assert.deepEqual(
    rows.map(({ host, etcd }) => [host, etcd]),
    [['h1.test', 'leader']],
  );
  assert.equal(clusterFault(rows), undefined);
});

test('if no member answers, all have problems', () => {
  const rows = clusterRows({
    members: parseMembers(members),
    status: parseStatus(''),
    alive: new Map(),
    own: 'h1.test',
  });
  assert.match(clusterFault(rows) ?? '', /^3 of 3 members/);
});
