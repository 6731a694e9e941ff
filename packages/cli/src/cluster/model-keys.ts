// The folder of a cluster's keys, and its etcd, as models for tests.
import type { AccessChange } from './access.ts';
import type { CertificateSpec, Judge, KeyOperation } from './key-operations.ts';
import { foresee } from './key-operations.ts';
import { ControlGone, change, hasMajority, type World } from './model-world.ts';
import type { Etcd, Tools } from './run-keys.ts';

/** Certificates are valid for 730 days, and renewed within 180 days before that. */
const renewAfter = 550;

interface ModelCertificate {
  readonly ca: string;
  readonly key: string;
  readonly address: string;
  readonly day: number;
}

export function judgeOf(world: World): Judge {
  return (files, spec) => {
    const text = files.get(spec.certificate);
    if (text === undefined) return false;
    const { ca, key, address, day } = JSON.parse(text) as ModelCertificate;
    const isSame = ca === files.get(`${spec.ca}/ca.pem`) && key === files.get(spec.key);
    return isSame && address === (spec.address ?? '') && world.day - day < renewAfter;
  };
}

export function toolsOf(world: World): Tools {
  return {
    folder: '/keys',
    read: async () => {
      if (world.isControlGone) throw new ControlGone();
      return new Map(world.files);
    },
    alone: (work) => work(),
    perform: async (operation) => perform(world, operation),
    judge: judgeOf(world),
    freshKey: () => ({ seconds: 1000 + world.day, key: newKey(world) }),
    report: () => undefined,
  };
}

function newKey(world: World): string {
  world.made += 1;
  return `key-${world.made}`;
}

function perform(world: World, operation: KeyOperation): void {
  const { files } = world;
  const put = (path: string, text: string) => change(world, `write ${path}`, () => files.set(path, text));
  switch (operation.do) {
    case 'make-ca':
      put(`${operation.ca}/ca.key`, newKey(world));
      put(`${operation.ca}/ca.pem`, `CA with ${files.get(`${operation.ca}/ca.key`)}`);
      return;
    case 'make-certificate':
      certify(world, operation.spec, put);
      return;
    case 'copy':
      put(operation.to, files.get(operation.from) ?? '');
      return;
    case 'write':
      put(operation.path, operation.text);
      return;
    case 'remove':
      change(world, `remove ${operation.path}`, () => {
        const after = foresee(files, [operation]);
        for (const path of [...files.keys()]) if (!after.has(path)) files.delete(path);
      });
  }
}

function certify(world: World, spec: CertificateSpec, put: (path: string, text: string) => void): void {
  const key = newKey(world);
  put(spec.key, key);
  const ca = world.files.get(`${spec.ca}/ca.pem`) ?? '';
  const certificate: ModelCertificate = { ca, key, address: spec.address ?? '', day: world.day };
  put(spec.certificate, JSON.stringify(certificate));
}

/** The cluster's etcd, as the control machine reaches it. */
export function etcdOf(world: World): Etcd {
  const { etcd } = world;
  const need = () => {
    if (world.isControlGone) throw new ControlGone();
    if (!hasMajority(world)) throw new Error('etcd does not answer.');
  };
  const act = (what: string, work: () => void) => {
    need();
    change(world, what, work);
  };
  return {
    where: 'https://10.0.0.1:2379',
    answers: async () => {
      if (world.isControlGone) throw new ControlGone();
      return hasMajority(world);
    },
    ensure: async (words) => act(words.join(' '), () => changeAccess(world, words)),
    members: async () => {
      need();
      return [...etcd.members];
    },
    addMember: async (name, peerUrl) =>
      act(`member add ${name}`, () => {
        if (etcd.members.some((member) => member.name === '')) throw new Error('unhealthy cluster');
        etcd.members.push({ id: `id-${peerUrl}`, name: '', peerUrl });
      }),
    removeMember: async (id) =>
      act(`member remove ${id}`, () => {
        etcd.members = etcd.members.filter((member) => member.id !== id);
      }),
    keys: async (prefix) => {
      need();
      return [...etcd.records].filter((key) => key.startsWith(prefix));
    },
    deleteKey: async (key) => act(`del ${key}`, () => etcd.records.delete(key)),
  };
}

function changeAccess({ etcd }: World, [kind = '', verb = '', name = '', ...rest]: AccessChange): void {
  const { users, roles } = etcd;
  switch (`${kind} ${verb}`) {
    case 'role add':
      if (!roles.has(name)) roles.set(name, new Set());
      return;
    case 'role grant-permission':
      roles.get(name)?.add(rest.join(' '));
      return;
    case 'role delete':
      roles.delete(name);
      return;
    case 'user add':
      users.add(name);
      return;
    case 'user grant-role':
      if (!users.has(name) || !roles.has(rest[0] ?? '')) throw new Error(`no ${name} or ${rest[0]}`);
      return;
    case 'user delete':
      users.delete(name);
      return;
    case 'auth enable':
      if (!users.has('root')) throw new Error('there is no root');
      etcd.isGuarded = true;
      return;
    default:
      throw new Error(`etcdctl knows no ${kind} ${verb}.`);
  }
}
