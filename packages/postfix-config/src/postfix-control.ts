// The socket on which Postfix's container answers (images/postfix/control.sh): one line is sent, and the
// answer ends with the connection.
import { join } from 'node:path';
import { askSocket } from '@freehold/core/ask-socket';
import { reasonOf } from '@freehold/core/error';
import type { Answer } from '@freehold/core/publish';

export interface PostfixControl {
  /**
   * Makes Postfix load the files. If they do not differ from its current ones, it does nothing and accepts.
   */
  reload(): Promise<Answer>;
  /** The table of forwards that Postfix currently uses. Rejects if Postfix is not running. */
  showForwards(): Promise<string>;
}

/** The time limit of an answer from Postfix: a reload with 1,000 certificates takes about 3 s. */
const withinMs = 60_000;

export function postfixAt(folder: string): PostfixControl {
  const ask = (line: string) => askSocket(join(folder, 'control.sock'), line, { who: 'Postfix', withinMs });
  return {
    async reload() {
      try {
        return readAnswer((await ask('reload')).trim());
      } catch (error) {
        return { kind: 'absent', reason: reasonOf(error) };
      }
    },
    showForwards: () => ask('forwards'),
  };
}

function readAnswer(answer: string): Answer {
  if (answer === 'accepted') return { kind: 'accepted' };
  const but = /^accepted but for (.*)$/.exec(answer)?.[1];
  if (but !== undefined) return { kind: 'accepted', but };
  const refused = /^refused: (.*)$/.exec(answer)?.[1];
  if (refused !== undefined) return { kind: 'refused', reason: refused };
  return { kind: 'absent', reason: `unexpected answer ${JSON.stringify(answer)}` };
}
