import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etcdOf } from './etcd-address.ts';

const files = {
  FREEHOLD_ETCD_CA: '/keys/ca.pem',
  FREEHOLD_ETCD_CERT: '/keys/cert.pem',
  FREEHOLD_ETCD_KEY: '/keys/key.pem',
};

test('http needs no certificate settings; https needs all three.', () => {
  const plain = ['http://127.0.0.1:2379'];
  assert.deepEqual(etcdOf({ FREEHOLD_ETCD: plain }), { endpoints: plain });
  const secure = ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'];
  const tls = { ca: '/keys/ca.pem', certificate: '/keys/cert.pem', key: '/keys/key.pem' };
  assert.deepEqual(etcdOf({ FREEHOLD_ETCD: secure, ...files }), { endpoints: secure, tls });
});

test('Contradictory settings are refused, since it would be unclear which traffic is unencrypted.', () => {
  const secure = ['https://10.0.0.1:2379'];
  assert.throws(() => etcdOf({ FREEHOLD_ETCD: secure }), /FREEHOLD_ETCD_CA/);
  for (const name of Object.keys(files)) {
    assert.throws(
      () => etcdOf({ FREEHOLD_ETCD: secure, ...files, [name]: undefined }),
      /are all required/,
      name,
    );
  }
  const mixed = ['https://10.0.0.1:2379', 'http://10.0.0.2:2379'];
  assert.throws(() => etcdOf({ FREEHOLD_ETCD: mixed, ...files }), /only https URLs/);
});
