// One step of a move on this host: looks, plans, and does the operations one after the other.
import { writeSync } from 'node:fs';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { Program } from '@freehold/core/run-main';
import { type ArrivingStep, planArriving, stateOfArriving } from '../../move/arriving.ts';
import { whyNoRoom } from '../../move/description.ts';
import { type LeavingStep, planLeaving, stateOfLeaving } from '../../move/leaving.ts';
import { formatState, isAppName } from '../../move/states.ts';
import { arrivingActs } from './arriving-acts.ts';
import { roomHere } from './describe-site.ts';
import { hold } from './hold.ts';
import { leavingActs } from './leaving-acts.ts';
import { takeTurn } from './lock.ts';
import { lookAtArriving, lookAtLeaving } from './look.ts';
import { hasNote } from './notes.ts';
import { type SiteHere, siteHere } from './site-here.ts';
import { checkVacant } from './vacancy.ts';

/** Each step and the number of words that it takes. */
export const leavingSteps = {
  ...{ state: 0, hold: 0, describe: 0, mail: 0, copy: 0, 'copy-again': 0, 'copy-last': 1 },
  ...{ resume: 0, give: 0, leave: 0, forget: 0 },
} as const;
export const arrivingSteps = {
  ...{ state: 0, hold: 0, check: 4, begin: 4, receive: 0, 'take-mail': 0, 'take-over': 0 },
  ...{ announce: 0, discard: 0, finish: 0 },
} as const;

/**
 * What scripts/host/move-from.sh and move-to.sh call: 'from|to DOMAIN STEP [WORD …]'.
 *
 * @throws FreeholdError `usage` for words that are no such step.
 */
export async function runStep(
  [end = '', name = '', step = '', ...words]: string[],
  program: Program,
): Promise<void> {
  const steps: Readonly<Record<string, number>> = end === 'from' ? leavingSteps : arrivingSteps;
  const needed = Object.hasOwn(steps, step) ? steps[step] : undefined;
  if ((end !== 'from' && end !== 'to') || needed === undefined || words.length < needed) {
    throw new FreeholdError(
      `'${[step, ...words].join(' ')}' is not a step of a move. See 'scripts/host/move-${end}.sh --help'.`,
      {
        code: 'usage',
      },
    );
  }
  // The program that began the step may be gone; the step still runs to its end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const report = (sentence: string) => void process.stderr.write(`${visible(sentence)}\n`);
  const site = await siteHere(parseCanonicalDomain(name), program, report);
  if (step === 'hold') return hold(site, words[0] ?? '', () => perform(site, end, 'tidy', []));
  // A site that is to start again does not wait for what still hangs here.
  const turn = step === 'resume' ? undefined : await takeTurn(site);
  try {
    await dispatch(site, end, step, words);
  } finally {
    await turn?.release();
  }
}

async function dispatch(
  site: SiteHere,
  end: 'from' | 'to',
  step: string,
  words: readonly string[],
): Promise<void> {
  if (step === 'state') return print(await stateHere(site, end));
  if (step === 'check') return check(site, words);
  const together = step === 'finish' && hasNote(site, 'together');
  await perform(site, end, step, words);
  if (step === 'finish') print(together ? 'together' : 'apart');
}

async function stateHere(site: SiteHere, end: 'from' | 'to'): Promise<string> {
  if (end === 'from') return formatState(stateOfLeaving(await lookAtLeaving(site)));
  return formatState(stateOfArriving(await lookAtArriving(site)));
}

async function perform(
  site: SiteHere,
  end: 'from' | 'to',
  step: string,
  words: readonly string[],
): Promise<void> {
  if (end === 'from') {
    const plan = planLeaving(site.domain, step as LeavingStep, await lookAtLeaving(site));
    for (const operation of plan) await leavingActs[operation](site, words);
  } else {
    const plan = planArriving(site.domain, step as ArrivingStep, await lookAtArriving(site));
    for (const operation of plan) await arrivingActs[operation](site, words);
  }
}

/** Whether the site can come here; changes nothing. What the other host says goes into sums and into paths here. */
async function check(
  site: SiteHere,
  [app = '', kilobytes = '', status = '', database = '']: readonly string[],
) {
  const { domain } = site;
  const isSense =
    isAppName(app) &&
    /^\d{1,15}$/.test(kilobytes) &&
    /^\d{3}$/.test(status) &&
    /^(?:-|\d+(?:\.\d+)*)$/.test(database);
  if (!isSense) {
    throw new FreeholdError(
      `The other host sent an invalid description of ${domain}: '${[app, kilobytes, status, database].join(' ')}'.`,
    );
  }
  if (!site.host.apps.has(app)) {
    throw new FreeholdError(`This host has no app '${app}'. Deploy the other host's version to it first.`);
  }
  await checkVacant(site);
  const room = await roomHere(site, app, database !== '-');
  const reason = whyNoRoom(domain, { kilobytes: Number(kilobytes), database }, room);
  if (reason !== undefined) throw new FreeholdError(reason);
}

/** At once, also where standard output is a pipe. */
function print(line: string): void {
  writeSync(1, `${line}\n`);
}
