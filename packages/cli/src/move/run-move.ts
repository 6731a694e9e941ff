// A run of a move, from a control machine: decides by what both servers say, then one phase after the other. It touches
// the servers through `Servers` alone.
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import { decide } from './decide.ts';
import { parseDescription } from './description.ts';
import {
  callOf,
  type Facts,
  isNeeded,
  type Phase,
  type Recovery,
  recoveryOf,
  recoveryUnlessHeld,
} from './phases.ts';
import { announcementOf, interruptionOf } from './sentences.ts';
import { parseArrivingState, parseLeavingState } from './states.ts';

/** How a run reaches the two servers. Each call rejects if the step fails, or the server is lost. */
export interface Servers {
  /** Runs one step, and gives what it printed. */
  ask(at: 'from' | 'to', words: readonly string[]): Promise<string>;
  /** Runs two steps at once: what the first prints is the input of the second. */
  pipe(leaving: readonly string[], arriving: readonly string[]): Promise<void>;
  /** The name that the server which the site leaves has as a host. */
  originName(): Promise<string>;
  /** Whether both servers still let this run alone move the site. */
  areHeld(): boolean;
  /** Prints the reason of a failure, or a step. */
  report(sentence: string, kind?: 'failure'): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

export interface Move {
  readonly domain: string;
  /** The servers by the names that the operator gave. */
  readonly from: string;
  readonly to: string;
  readonly pauseSeconds: number;
  /** Aborts when the operator interrupts the run: the servers then undo the preparations without it. */
  readonly signal: AbortSignal;
}

/** What a run has learned so far. */
interface Progress {
  readonly app: string;
  description: Facts['description'];
  copyMs: number;
  stopped?: number;
}

const unknown: Facts['description'] = { kilobytes: 0, status: '000', database: '-', host: '', boot: '' };

/**
 * Moves the site, or finishes an earlier run. Resolves with 'together' if both servers have one etcd, with 'apart' if not,
 * and with 'done' if it was there already.
 *
 * @throws FreeholdError with where the site is now.
 */
export async function runMove(move: Move, servers: Servers): Promise<'together' | 'apart' | 'done'> {
  const here = parseLeavingState(await servers.ask('from', ['state']));
  const there = parseArrivingState(await servers.ask('to', ['state']));
  const decision = decide(move, here, there);
  if (decision.kind === 'refuse') throw new FreeholdError(decision.reason);
  if (decision.kind === 'done') return 'done';
  if (decision.origin !== undefined) await checkOrigin(move, decision.origin, servers);
  const progress: Progress = { app: 'app' in here ? here.app : '', description: unknown, copyMs: 0 };
  let answer = '';
  for (const phase of decision.phases) {
    if (!isNeeded(phase, progress)) continue;
    const unheld = servers.areHeld() ? undefined : recoveryUnlessHeld[phase];
    if (unheld) {
      servers.report('The connection was lost.', 'failure');
      return recover(unheld, move, servers, progress);
    }
    try {
      answer = await runPhase(phase, move, servers, progress);
    } catch (error) {
      if (!move.signal.aborted) servers.report(reasonOf(error), 'failure');
      return recover(recoveryOf[phase], move, servers, progress);
    }
  }
  return answer.trim() === 'together' ? 'together' : 'apart';
}

/** What is ready at its new server has come from one host, and has to be given up by no other. */
async function checkOrigin({ domain, from, to }: Move, origin: string, servers: Servers): Promise<void> {
  const name = (await servers.originName()).trim();
  if (name === origin) return;
  throw new FreeholdError(
    `Cannot finish the move of ${domain} to ${to}: it began at ${origin}, but ${from} is the host '${name}'. Run this again with the server of ${origin}. Nothing was changed.`,
  );
}

async function runPhase(phase: Phase, move: Move, servers: Servers, progress: Progress): Promise<string> {
  const { app, description } = progress;
  const sentence = announcementOf(phase, move);
  if (sentence !== undefined) servers.report(sentence);
  const call = callOf(phase, { app, description, pauseSeconds: move.pauseSeconds });
  const begun = servers.now();
  if (phase === 'take-over') progress.stopped = begun;
  const answer = 'at' in call ? await servers.ask(call.at, call.words) : '';
  if ('leaving' in call) await servers.pipe(call.leaving, call.arriving);
  // Of a server of version 0.1; later ones print such sentences elsewhere.
  if (phase === 'leave' && answer.trim() !== '') servers.report(visible(answer.trim()));
  if (phase === 'describe') progress.description = parseDescription(answer);
  if (phase === 'copy') progress.copyMs = servers.now() - begun;
  if (phase === 'announce' && progress.stopped !== undefined) {
    const ms = Math.round(servers.now() - progress.stopped);
    servers.report(`${move.domain} is served by ${move.to} now, ${ms} ms after its stop began`);
  }
  return answer;
}

/** Leaves the site where it is in use, and says where that is. */
async function recover(recovery: Recovery, move: Move, servers: Servers, { app }: Progress): Promise<never> {
  const { domain, from, to, signal } = move;
  const why = 'the reason is above';
  if (signal.aborted) throw new FreeholdError(interruptionOf(recovery, move));
  switch (recovery) {
    case 'refuse':
      throw new FreeholdError(`${domain} was not moved and stays at ${from}; ${why}. Nothing was changed.`);
    case 'abandon':
      await takeBack(move, servers);
      throw new FreeholdError(`${domain} was not moved and still runs at ${from}; ${why}.`);
    case 'undo':
      servers.report(`The move failed: ${domain} restarts at ${from}`, 'failure');
      await takeBack(move, servers);
      throw new FreeholdError(`${domain} was not moved; ${why}.`);
    case 'find-out':
      if (!(await isKept(servers, app))) {
        throw new FreeholdError(
          `It is unknown whether ${domain} is at ${from} or at ${to}. Run this again to find out and continue.`,
        );
      }
      await discard(move, servers);
      throw new FreeholdError(`${domain} was not moved and runs at ${from} again; ${why}.`);
    case 'finish-later':
      throw new FreeholdError(
        `${domain} is at ${to} now, but the move is not finished; ${why}. Run this again.`,
      );
  }
}

/**
 * Where the site may have left `from`, what is at `to` stays: this run may have been cut off for so long that another one
 * has moved the site meanwhile. A copy that is not complete is discarded there once nothing is heard of this run.
 */
async function takeBack(move: Move, servers: Servers): Promise<void> {
  const { domain, from, to, pauseSeconds } = move;
  try {
    await servers.ask('from', ['resume']);
  } catch (error) {
    servers.report(reasonOf(error), 'failure');
    servers.report(
      `Cannot cancel the move at ${from}. If ${domain} was stopped there, it restarts automatically within ${pauseSeconds} s. Its copy at ${to} stays. Run this again.`,
      'failure',
    );
    return;
  }
  await discard(move, servers);
}

async function discard({ to }: Move, servers: Servers): Promise<void> {
  await servers.ask('to', ['discard']).catch((error: unknown) => {
    servers.report(reasonOf(error), 'failure');
    servers.report(`Cannot delete the copy at ${to}, which is not needed. Run this again.`, 'failure');
  });
}

/** Nobody knows whether the site was given up if that was cut off. So its copy stays until that is known. */
async function isKept(servers: Servers, app: string): Promise<boolean> {
  try {
    const state = parseLeavingState(await servers.ask('from', ['state']));
    if (state.kind !== 'site' || state.app !== app) return false;
    await servers.ask('from', ['resume']);
    return true;
  } catch {
    return false;
  }
}
