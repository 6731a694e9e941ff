import type { Log } from '@freehold/core/log';
import type { Git } from './git.ts';

/** How often a long fetch says how far it is, in milliseconds. */
const everyMs = 5000;

/** git whose commands, where they take long, say every few seconds how far they are. */
export function reportProgress(
  { url, log }: { url: string; log: Log },
  make: (onProgress: (stage: string, percent: number) => void) => Git,
): Git {
  return async (args, place, control) => {
    let latest = 'waiting for an answer';
    const git = make((stage, percent) => {
      latest = `${stage.replace(/:$/, '')} ${percent} %`;
    });
    const timer = setInterval(() => log.info(`From ${url}: ${latest}.`), everyMs);
    try {
      return await git(args, place, control);
    } finally {
      clearInterval(timer);
    }
  };
}
