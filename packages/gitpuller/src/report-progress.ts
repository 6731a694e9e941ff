import type { Log } from '@freehold/core/log';
import type { Git } from './git.ts';

/** The interval at which a long fetch reports its progress, in milliseconds. */
const everyMs = 5000;

/** A git whose long commands report their progress every few seconds. */
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
