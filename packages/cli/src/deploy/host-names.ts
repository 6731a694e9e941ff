// Which server is which host.
//
// What a server is sent of ~/.config/freehold/hosts/HOSTNAME are secrets, and by its name it says which: one that somebody
// else got hold of could ask for those of another. So the name that it has at its first deploy is noted in
// ~/.config/freehold/names, in lines of SERVER HOSTNAME, and it gets no other later unless the operator says so.

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
  const calls = `${host} calls itself '${name}'`;
  if (name.length > 253 || !hostName.test(name)) {
    return `${calls}, which is no host name. Nothing was sent to it.`;
  }
  const other = [...names].find(([one, its]) => its === name && one !== host)?.[0];
  if (other !== undefined) {
    return `${calls}, but that is ${other} in ${namesFile}. Nothing was sent to it. If both are one server, name it as it is there; if ${other} is gone, take its line away.`;
  }
  if (said === name) return undefined;
  if (said !== undefined) {
    return `${calls}, and not '${said}'. A host's name stays. Nothing was sent to it. If it is to be '${name}', say --name ${name}.`;
  }
  const known = names.get(host);
  const command = `scripts/deploy/deploy.sh ${server} --name ${name}`;
  if (known !== undefined && known !== name) {
    return `${calls}, but was '${known}' so far. Nothing was sent to it. Who has changed that? If it was you: ${command}.`;
  }
  if (known === undefined && name !== host && ownFiles !== undefined) {
    return `${calls}, and ${ownFiles} is there for a server that is not noted yet. Nothing was sent to it. If it is this one: ${command}.`;
  }
  return undefined;
}

/** The file with this name of a server, and all others as they are. */
export function withName(text: string, server: string, name: string): string {
  const host = hostOf(server);
  const others = text.split('\n').filter((line) => line !== '' && line.split(' ')[0] !== host);
  return [...others, `${host} ${name}`, ''].join('\n');
}
