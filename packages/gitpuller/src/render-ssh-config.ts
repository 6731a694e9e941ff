export interface SshConfig {
  readonly knownHosts: string;
  readonly key?: string | undefined;
  readonly stallSeconds: number;
}

/**
 * Renders ssh_config(5): the host key is always checked, one key is offered, nothing is prompted for and
 * nothing forwarded.
 */
export function renderSshConfig({ knownHosts, key, stallSeconds }: SshConfig): string {
  return `Host *
  StrictHostKeyChecking yes
  UserKnownHostsFile "${knownHosts}"
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  CheckHostIP no
  IdentityFile ${key === undefined ? 'none' : `"${key}"`}
  IdentitiesOnly yes
  IdentityAgent none
  PreferredAuthentications publickey
  BatchMode yes
  ConnectTimeout ${Math.min(stallSeconds, 20)}
  ServerAliveInterval ${Math.max(1, Math.floor(stallSeconds / 3))}
  ServerAliveCountMax 3
  ControlMaster no
  ControlPath none
  ProxyCommand none
  PermitLocalCommand no
  ClearAllForwardings yes
  ForwardAgent no
`;
}
