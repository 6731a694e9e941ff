// What a server answers to 'move-from.sh DOMAIN state' and 'move-to.sh DOMAIN state'.
import { FreeholdError } from '@freehold/core/error';

/** `given`: it has left and is the other server's, but cleaning up is not done. `arriving`: it is just being moved here. */
export type LeavingState =
  | { readonly kind: 'site' | 'given'; readonly app: string }
  | { readonly kind: 'arriving' | 'none' };

/** `ready`: it has come from `host` and has answered here. `unfinished`: it has not. `leaving`: it is being moved away. */
export type ArrivingState =
  | { readonly kind: 'site'; readonly app: string }
  | { readonly kind: 'ready'; readonly host: string }
  | { readonly kind: 'unfinished' | 'leaving' | 'none' };

export function formatState(state: LeavingState | ArrivingState): string {
  if ('app' in state) return `${state.kind} ${state.app}`;
  return 'host' in state ? `${state.kind} ${state.host}` : state.kind;
}

/** @throws FreeholdError if it is no such state. */
export function parseLeavingState(text: string): LeavingState {
  const [kind, app, more] = words(text);
  if (more !== undefined) throw unknownState(text);
  if (app !== undefined && isAppName(app) && (kind === 'site' || kind === 'given')) return { kind, app };
  if (app === undefined && (kind === 'arriving' || kind === 'none')) return { kind };
  throw unknownState(text);
}

/** @throws FreeholdError if it is no such state. */
export function parseArrivingState(text: string): ArrivingState {
  const [kind, word, more] = words(text);
  if (more !== undefined) throw unknownState(text);
  if (word !== undefined) {
    if (kind === 'site' && isAppName(word)) return { kind, app: word };
    if (kind === 'ready') return { kind, host: word };
  } else if (kind === 'unfinished' || kind === 'leaving' || kind === 'none') return { kind };
  throw unknownState(text);
}

/** Apps are parts of units' names. */
export function isAppName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text);
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function unknownState(text: string): FreeholdError {
  return new FreeholdError(
    `A server answered '${text.trim().slice(0, 100)}', which is not a state of a move. It runs another version of freehold.`,
  );
}
