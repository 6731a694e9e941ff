// Which server is which host.
//
// A server is sent secrets for the host that it calls itself: one that somebody else got hold of could ask for those of
// another. So the name that it has at first is noted, and it gets no other later unless the operator says so.
import { FreeholdError } from '@freehold/core/error';

export interface Binding {
  /** The server as the operator gave it: HOST or USER@HOST. */
  readonly told: string;
  /** What it calls itself. */
  readonly name: string;
  /** The names that servers have so far, by HOST. */
  readonly names: ReadonlyMap<string, string>;
  /** The file of the names, and the folder that it is in. */
  readonly file: string;
  readonly config: string;
  /** Whether there are files for a host of that name. */
  readonly hasFolder: boolean;
}

const hostName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** HOST of HOST or USER@HOST. */
export function serverOf(told: string): string {
  return told.slice(told.indexOf('@') + 1);
}

/** @throws FreeholdError unless that is this server's name, and nobody else's. */
export function checkBinding({ told, name, names, file, config, hasFolder }: Binding): void {
  const server = serverOf(told);
  const nothing = 'Nothing was sent to it.';
  if (name.length > 253 || !hostName.test(name)) {
    throw new FreeholdError(`${server} calls itself '${name}', which is no host name. ${nothing}`);
  }
  const other = [...names].find(([one, host]) => host === name && one !== server)?.[0];
  if (other !== undefined) {
    throw new FreeholdError(
      `${server} calls itself '${name}', but that is ${other} in ${file}. ${nothing} If both are one server, name it as it is there; if ${other} is gone, remove its line.`,
    );
  }
  const known = names.get(server);
  const how = `scripts/deploy/deploy.sh ${told} --name ${name}`;
  if (known !== undefined && known !== name) {
    throw new FreeholdError(
      `${server} calls itself '${name}', but was '${known}' so far. ${nothing} Who has changed that? If it was you: ${how}.`,
    );
  }
  if (known === undefined && name !== server && hasFolder) {
    throw new FreeholdError(
      `${server} calls itself '${name}', and ${config}/hosts/${name} is there for a server that is not noted yet. ${nothing} If it is this one: ${how}.`,
    );
  }
}
