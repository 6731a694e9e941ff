// Mail forwards of a backup: those that are missing here are written.
import type { Forward } from './backup-contents.ts';
import { failure, type Notice } from './notice.ts';

export interface MailPlan {
  readonly toWrite: readonly Forward[];
  readonly notices: readonly Notice[];
}

/**
 * @param forwards of the domains that are restored.
 * @param here the values of this host's etcd, by their keys.
 * @param isMember of a cluster, in which only the operator may write them.
 */
export function planMail(
  forwards: readonly Forward[],
  here: ReadonlyMap<string, string>,
  isMember: boolean,
): MailPlan {
  const valueHere = (key: string) => here.get(key) ?? '';
  const missing = forwards.filter(({ key }) => valueHere(key) === '');
  const different = forwards.filter(({ key, value }) => !['', value].includes(valueHere(key)));
  const notices = different.map(({ local, domain, key, value }) => ({
    sentence: `Not restored: mail for ${local}@${domain} is forwarded to ${valueHere(key)} on this host, not to ${value} as in the backup.`,
  }));
  if (!isMember) return { toWrite: missing, notices };
  const refused = missing.map(({ local, domain, value }) =>
    failure(
      `The mail forward of ${local}@${domain}, to ${value}, belongs to the cluster: scripts/mail.sh --as (docs/how-to/run-a-cluster.md).`,
    ),
  );
  return { toWrite: [], notices: [...notices, ...refused] };
}
