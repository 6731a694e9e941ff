import { rm } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { askServer, type ConnectionOptions, pipeServers } from '../edge/connection.ts';
import { makeConnectionFolder } from '../edge/connection-folder.ts';
import { type Held, holdSession } from '../edge/hold-session.ts';
import { decide } from '../move/decide.ts';
import { type Move, runMove, type Servers } from '../move/run-move.ts';
import { parseArrivingState, parseLeavingState } from '../move/states.ts';
import { createPrinter } from '../print-steps.ts';
import { checkServer } from '../servers.ts';

/** The scripts on a server, which stay the same for control machines of other versions. */
const scripts = '/opt/freehold/scripts/host';

type Ends = { readonly from: ConnectionOptions; readonly to: ConnectionOptions };

/** Moves a site from one server to another; with --forget, has the first one forget it. */
export async function moveSite(call: Call): Promise<void> {
  const { options } = call;
  const move = readMove(call);
  const print = createPrinter();
  const folder = await makeConnectionFolder(call.env);
  const { env, signal } = call;
  const end = (server: string): ConnectionOptions => {
    return { server, folder, env, signal, report: (line) => print(`${server}: ${line}`, 'failure') };
  };
  const ends = { from: end(move.from), to: end(move.to) };
  try {
    if (options.forget) return await forget(move, ends, call);
    if (options.dryRun) return await predict(move, ends, print);
    await moveHeld(move, ends, print);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws FreeholdError `usage` */
function readMove({ args, options, signal }: Call): Move {
  const [name = '', from = '', to = ''] = args;
  const domain = parseCanonicalDomain(name);
  for (const server of [from, to]) checkServer(server);
  const wrong = (reason: string) => new FreeholdError(reason, { code: 'usage' });
  if (from === to) throw wrong(`FROM and TO are the same server, ${from}.`);
  const pause = String(options.pause ?? '120');
  if (!/^[1-9]\d{0,5}$/.test(pause))
    throw wrong(`Invalid --pause '${pause}': a number of seconds from 1 to 999999 is required.`);
  return { domain, from, to, pauseSeconds: Number(pause), signal };
}

const wordsFrom = (domain: string, ...words: string[]) => [`${scripts}/move-from.sh`, domain, ...words];
const wordsTo = (domain: string, ...words: string[]) => [`${scripts}/move-to.sh`, domain, ...words];

/** A server waits for up to 120 s until what another run has left is cleaned up (../edge/move/hold.ts). */
const patient = { limitSeconds: 150 };

/** While both servers let this run alone move the site. */
async function moveHeld(move: Move, ends: Ends, print: Servers['report']): Promise<void> {
  const { domain, from, to } = move;
  const who = `${userInfo().username}@${hostname()}, since ${new Date().toISOString()}`;
  const holding = await Promise.allSettled([
    holdSession(ends.from, wordsFrom(domain, 'hold', who), patient),
    holdSession(ends.to, wordsTo(domain, 'hold', who), patient),
  ]);
  const held = holding.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    const refused = holding.find((one) => one.status === 'rejected');
    if (refused) {
      print(refused.reason instanceof Error ? refused.reason.message : String(refused.reason), 'failure');
      throw new FreeholdError(`${domain} was not moved. Nothing was changed.`);
    }
    const where = await runMove(move, serversOf(move, ends, held, print));
    if (where === 'done') print(`${domain} is at ${to} already.`);
    else if (where === 'together')
      print(`${domain} is at ${to} now, and every member of the cluster serves it.`);
    else {
      const command = `scripts/deploy/move-site.sh ${domain} ${from} ${to} --forget`;
      print(`${domain} is at ${to} now. Point DNS there, then run: ${command}`);
    }
  } finally {
    // Those of an interrupted run are ended already, and its process has less than a second left.
    if (!move.signal.aborted) await Promise.all(held.map((one) => one.release()));
  }
}

function serversOf({ domain }: Move, ends: Ends, held: readonly Held[], print: Servers['report']): Servers {
  return {
    ask: (at, words) =>
      askServer(ends[at], at === 'from' ? wordsFrom(domain, ...words) : wordsTo(domain, ...words)),
    pipe: (leaving, arriving) =>
      pipeServers([ends.from, ends.to], [wordsFrom(domain, ...leaving), wordsTo(domain, ...arriving)]),
    originName: () => askServer(ends.from, ['sed', '-n', 's/^FREEHOLD_HOST=//p', '/etc/freehold/host.env']),
    areHeld: () => held.every((one) => one.isHeld()),
    report: print,
    now: () => performance.now(),
  };
}

async function forget({ domain, from }: Move, { from: end }: Ends, { options }: Call): Promise<void> {
  if (options.dryRun)
    return void process.stdout.write(`Would remove ${domain} from ${from}, except its data.\n`);
  const said = await askServer(end, wordsFrom(domain, 'forget'));
  if (said !== '') process.stdout.write(said);
}

/** What a run would do, by what both servers say; it changes nothing. */
async function predict(move: Move, { from, to }: Ends, print: Servers['report']): Promise<void> {
  const here = parseLeavingState(await askServer(from, wordsFrom(move.domain, 'state')));
  const there = parseArrivingState(await askServer(to, wordsTo(move.domain, 'state')));
  const decision = decide(move, here, there);
  if (decision.kind === 'refuse') throw new FreeholdError(decision.reason);
  if (decision.kind === 'done') return print(`${move.domain} is at ${move.to} already.`);
  print(`Steps of the move: ${decision.phases.join(', ')}. Nothing was changed.`);
}
