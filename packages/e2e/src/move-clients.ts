// Readers and writers of a site while it moves.
import assert from 'node:assert/strict';
import type { Session } from './browser-session.ts';
import type { logIn } from './wordpress-sites.ts';

/**
 * Reads the front page repeatedly, following DNS; returns the longest time without an answer, in ms, and the
 * times of failures.
 */
export function startReader(
  session: Session,
  sign: string,
  failed: () => void,
): { stop(): Promise<{ read: number; failed: number[]; pauseMs: number }> } {
  let running = true;
  const reading = (async () => {
    let [read, pauseMs, lastGood] = [0, 0, Date.now()];
    const failures: number[] = [];
    while (running) {
      const page = await session.fetch('/').catch(() => undefined);
      if (page?.status === 200) {
        assert.ok(page.text.includes(sign), `another page: ${page.text.slice(0, 200)}`);
        read += 1;
        pauseMs = Math.max(pauseMs, Date.now() - lastGood);
        lastGood = Date.now();
      } else {
        failures.push(Date.now());
        failed();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { read, failed: failures, pauseMs };
  })();
  return {
    stop() {
      running = false;
      return reading;
    },
  };
}

/** Publishes one post after the other; returns the titles that WordPress acknowledged. */
export function startWriter(writer: Awaited<ReturnType<typeof logIn>>): { stop(): Promise<string[]> } {
  let running = true;
  const writing = (async () => {
    const acknowledged: string[] = [];
    for (let n = 1; running; n += 1) {
      const title = `Post ${n} of the move`;
      if (await writer.post(title, 'ünïcode 🚚').catch(() => undefined)) acknowledged.push(title);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return acknowledged;
  })();
  return {
    stop() {
      running = false;
      return writing;
    },
  };
}
