import { type TestContext, test } from 'node:test';
import { journal } from './host.ts';

/** The length of the journal that a failed test shows, in characters. */
const most = 8000;

/** A test on the host; if it fails, it shows the journal of these units. */
export function hostTest(
  title: string,
  units: readonly string[],
  body: (context: TestContext) => Promise<void>,
): void {
  test(title, async (context) => {
    const started = Date.now();
    try {
      await body(context);
    } catch (error) {
      const said = await journal(units, started);
      context.diagnostic(`The journal of ${units.join(', ')}:\n${said.slice(-most)}`);
      throw error;
    }
  });
}
