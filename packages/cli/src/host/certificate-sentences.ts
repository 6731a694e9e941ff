// What a check of certificates tells a person, in sentences: what scripts/host/check-certs.sh prints.
import type { Row } from '../command.ts';
import { textOf } from '../table.ts';

/** A sentence for a row of `cert check`. */
export function sentenceOf({ name, state, daysLeft, file, problem }: Row): string {
  const subject = textOf(name ?? null);
  switch (state) {
    case 'none':
      return `${subject}: has no certificate of its own.`;
    case 'kept':
      return `${subject}: is not a site of this host any more; ${textOf(file ?? null)} is kept with its data.`;
    case 'valid':
      return `${subject}: valid for ${textOf(daysLeft ?? null)} more days.`;
    default:
      return `${subject}: WRONG: ${textOf(problem ?? null)}.${isMembers(subject) ? renewal : ''}`;
  }
}

const isMembers = (subject: string) => subject.startsWith('cluster ');
const renewal = ' scripts/cluster/issue.sh renews it (docs/how-to/run-a-cluster.md, Certificates).';
