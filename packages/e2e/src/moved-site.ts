// A static site that is moved to and fro between two servers, and what may be left of a move that failed.
import assert from 'node:assert/strict';
import { waitFor } from '@freehold/testing/wait-for';
import {
  fromControlMachine,
  onControlMachine,
  onServer,
  type Server,
  type Started,
  servers,
  startOnControlMachine,
} from './servers.ts';

const [first, second] = servers;
export const site = 'trouble-move.test';
/** Where the site is, and where it is to go. */
export let from: Server = first;
export let to: Server = second;

const asked = `curl -s --max-time 5 -H "Host: $1" http://127.0.0.1/kept.txt || true`;

export async function remove(): Promise<void> {
  const script = `/opt/freehold/scripts/remove-site.sh "$1" --delete-data >/dev/null
     rm -rf "/data/moved/$1"* "/data/moving/$1"; etcdctl del --prefix "/mail/$1/" >/dev/null`;
  for (const server of [first, second]) await onServer(server, script, site);
}

/** A site with a page and 3 MB beside it. */
export async function make(): Promise<void> {
  await remove();
  [from, to] = [first, second];
  await fromControlMachine(`./add-site.sh ${from} ${site}`);
  const fill = `cd "/data/domains/$1/static/www-content"; echo acknowledged >kept.txt; head -c 3M /dev/urandom >more`;
  await onServer(from, fill, site);
}

export const isServed = (where: Server) =>
  waitFor(
    `${site} to be served by ${where}`,
    async () => (await onServer(where, asked, site)) === 'acknowledged',
  );

/** Exactly one of the two serves it: `where`. */
export async function isServedBy(where: Server): Promise<void> {
  await isServed(where);
  const other = where === first ? second : first;
  assert.notEqual(await onServer(other, asked, site), 'acknowledged');
}

/** What a move has made ready or brought: nothing, once it is over. */
export async function nothingIsLeft(server: Server): Promise<void> {
  const left = `ls -A /data/moving 2>/dev/null; ls -d "/run/systemd/system/discovery@$1.service.d" 2>/dev/null
     systemctl list-units --all --no-legend "freehold-move-back-$1.timer" "freehold-transfer-$1.service"`;
  await waitFor(`nothing to be left at ${server}`, async () => {
    const lines = await onServer(server, `{ ${left}; } || true`, site);
    if (lines !== '') throw new Error(lines);
    return true;
  });
}

const moments = {
  copy: { said: 'Copying', reached: 'true' },
  pause: {
    said: 'to copy the last changes',
    reached: `[ "$(ssh $from systemctl is-active static@${site})" != active ]`,
  },
};

/** Begins a move, and freezes the control machine's end of it at a moment. */
export async function freezeIn(moment: keyof typeof moments, options = ''): Promise<Started> {
  const { said, reached } = moments[moment];
  const freeze = `if [[ $line == *'${said}'* ]]; then until ${reached}; do :; done; pkill -STOP --session 0; fi`;
  const move = await startOnControlMachine(
    `from=${from}; ./move-site.sh ${site} ${from} ${to} ${options} 2>&1 | while IFS= read -r line; do echo "$line"; ${freeze}; done`,
  );
  await waitFor(`its ${moment}`, async () => (await move.said()).includes(said));
  await waitFor(
    'it to be frozen',
    async () => (await onControlMachine(`ps -e -o stat=,args= | grep '^T.*site move .*${site}'`)).code === 0,
  );
  return move;
}

/** Lets it continue to its end. */
export async function thaw(move: Started): Promise<string> {
  await move.signal('CONT');
  await waitFor('the move to end', () => move.hasEnded());
  return move.said();
}

/** The calls by which a control machine of any version moves a site, for a script on the control machine. */
export const moveSteps = `at_from() { ssh "$from" /opt/freehold/scripts/host/move-from.sh "$domain" "$@" </dev/null; }
  at_to() { ssh "$to" /opt/freehold/scripts/host/move-to.sh "$domain" "$@"; }
  copy() { at_from copy | at_to receive; at_from mail | at_to take-mail; }
  announce() { at_to announce </dev/null; }
  leave() { at_from leave; }`;

/** Steps of a move, one after the other, and no more. */
export async function step(steps: string): Promise<void> {
  const { code, stderr } = await onControlMachine(
    `${moveSteps}
     domain=${site} from=${from} to=${to}; ${steps}`,
  );
  assert.equal(code, 0, stderr);
}

export const untilGiven = `read -r kilobytes status mariadb known_by <<<"$(at_from describe)"
  at_to begin static "$status" $known_by </dev/null; copy; at_from copy-last 60 | at_to take-over; at_from give`;

/** Run again, the move comes to its end; then the next one is to go back. */
export async function moves(): Promise<string> {
  const said = await fromControlMachine(`./move-site.sh ${site} ${from} ${to}`);
  await isServedBy(to);
  assert.equal(await onServer(to, 'systemctl is-enabled "static@$1"', site), 'enabled');
  for (const server of [from, to]) await nothingIsLeft(server);
  [from, to] = [to, from];
  return said;
}
