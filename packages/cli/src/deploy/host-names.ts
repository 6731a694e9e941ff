// Which server is which host.
//
// A server receives the secrets in ~/.config/freehold/hosts/HOSTNAME, by the name that it reports. An attacker who controls a
// server could report another name to get the secrets of another host. So the name at a server's first deploy is recorded in
// ~/.config/freehold/names, in lines of SERVER HOSTNAME, and only the operator can change it.

/** HOST of 'USER@HOST'. */
export const hostOf = (server: string): string => server.slice(server.indexOf('@') + 1);

const hostName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Names by HOST, in the order of the file. */
export type Names = ReadonlyMap<string, string>;

/** An address is no name: a bare server that is reached by one is asked for its own. */
export function isAddress(host: string): boolean {
  return /^[0-9.]+$|:/.test(host);
}

export interface Binding {
  /** As the operator names it. */
  readonly server: string;
  /** What it is called, or is to be called. */
  readonly name: string;
  /** The name that the operator gives now. */
  readonly said?: string | undefined;
  readonly names: Names;
  readonly namesFile: string;
  /** The folder hosts/HOSTNAME, if it is there. */
  readonly ownFiles?: string | undefined;
}

/** Why a server cannot have that name; undefined if it can. Nothing but the operator's word lets it have one that another may be meant by. */
export function whyNotNamed({ server, name, said, names, namesFile, ownFiles }: Binding): string | undefined {
  const host = hostOf(server);
  const calls = `${host} reports the name '${name}'`;
  if (name.length > 253 || !hostName.test(name)) {
    return `${calls}, which is not a host name. Nothing was sent to it.`;
  }
  const other = [...names].find(([one, its]) => its === name && one !== host)?.[0];
  if (other !== undefined) {
    return `${calls}, but ${namesFile} has that name for ${other}. Nothing was sent to it. If both are one server, use the name in that file; if ${other} is gone, delete its line.`;
  }
  if (said === name) return undefined;
  if (said !== undefined) {
    return `${calls}, not '${said}'. A host keeps its name. Nothing was sent to it. To use '${name}', add --name ${name}.`;
  }
  const known = names.get(host);
  const command = `scripts/deploy/deploy.sh ${server} --name ${name}`;
  if (known !== undefined && known !== name) {
    return `${calls}, but had the name '${known}' before. Nothing was sent to it. Find out who changed it. If it was you, run: ${command}`;
  }
  if (known === undefined && name !== host && ownFiles !== undefined) {
    return `${calls}, and ${ownFiles} has files for a server that was not deployed yet. Nothing was sent to it. If the files are for this server, run: ${command}`;
  }
  return undefined;
}

const wordsOf = (line: string) => line.trim().split(/\s+/);

export function parseNames(text: string): Map<string, string> {
  const pairs = text.split('\n').map(wordsOf);
  return new Map(pairs.flatMap(([server, name]) => (server && name ? [[server, name] as const] : [])));
}

/** The file with this name of a server, and all others as they are. */
export function withName(text: string, server: string, name: string): string {
  const host = hostOf(server);
  const others = text.split('\n').filter((line) => line.trim() !== '' && wordsOf(line)[0] !== host);
  return [...others, `${host} ${name}`, ''].join('\n');
}
