// Users and roles of etcd. Each host reads what it needs, writes below /services/, its own /hosts/HOST and the
// certificates, and nothing else.

/** Words of etcdctl that change users and roles. What is so already counts as done. */
export type AccessChange = readonly string[];

/** What lets a host in, and turns access control on: without it each host may do everything. */
export function accessOf(host: string): AccessChange[] {
  const role = `host-${host}`;
  return [
    ['role', 'add', 'root'],
    ...user('root', 'root'),
    ['role', 'add', 'mail'],
    allow('mail', 'readwrite', '/mail/'),
    allow('mail', 'read', '/services/'),
    ...user('operator', 'mail'),
    ['role', 'add', role],
    allow(role, 'readwrite', '/services/'),
    allow(role, 'read', '/hosts/'),
    allow(role, 'read', '/mail/'),
    ['role', 'grant-permission', role, 'readwrite', `/hosts/${host}`],
    // Of automatic certificates: encrypted by a key that members have, and etcd does not.
    allow(role, 'readwrite', '/certificates/'),
    allow(role, 'readwrite', '/acme/'),
    ...user(host, role),
    ['auth', 'enable'],
  ];
}

export function revocationOf(host: string): AccessChange[] {
  return [
    ['user', 'delete', host],
    ['role', 'delete', `host-${host}`],
  ];
}

function allow(role: string, kind: string, prefix: string): AccessChange {
  return ['role', 'grant-permission', role, kind, prefix, '--prefix'];
}

/** Users come with certificates, and have no passwords. */
function user(name: string, role: string): AccessChange[] {
  return [
    ['user', 'add', name, '--no-password'],
    ['user', 'grant-role', name, role],
  ];
}
