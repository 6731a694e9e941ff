import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etcdOf } from './etcd-address.ts';

const files = {
  FREEHOLD_ETCD_CA: '/keys/ca.pem',
  FREEHOLD_ETCD_CERT: '/keys/cert.pem',
  FREEHOLD_ETCD_KEY: '/keys/key.pem',
};

test('Without https there are no certificates, with it all three.', () => {
  const plain = ['http://127.0.0.1:2379'];
  assert.deepEqual(etcdOf({ FREEHOLD_ETCD: plain }), { endpoints: plain });
  const secure = ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'];
  const tls = { ca: '/keys/ca.pem', certificate: '/keys/cert.pem', key: '/keys/key.pem' };
  assert.deepEqual(etcdOf({ FREEHOLD_ETCD: secure, ...files }), { endpoints: secure, tls });
});

test('Settings that do not go together are refused, as nobody would know what is in the clear.', () => {
  const secure = ['https://10.0.0.1:2379'];
  assert.throws(() => etcdOf({ FREEHOLD_ETCD: secure }), /FREEHOLD_ETCD_CA/);
  for (const name of Object.keys(files)) {
    assert.throws(() => etcdOf({ FREEHOLD_ETCD: secure, ...files, [name]: undefined }), /all three/, name);
  }
  const mixed = ['https://10.0.0.1:2379', 'http://10.0.0.2:2379'];
  assert.throws(() => etcdOf({ FREEHOLD_ETCD: mixed, ...files }), /https URLs only/);
});
