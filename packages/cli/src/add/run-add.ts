// A run that adds a site, from its plan to its end. It touches the host through `AddHost` alone.
import { FreeholdError } from '@freehold/core/error';
import { type AddOperation, type AddPlan, giveUp, planBring, planEnd, planStart, planUndo } from './plan.ts';

export interface AddHost {
  /** Rejects if the operation fails, or the run is stopped. */
  perform(operation: AddOperation): Promise<void>;
  /** Waits until the start has ended, or has failed and will be retried. Whether the site's unit is active then. */
  hasStarted(): Promise<boolean>;
  /** Whether what this run has brought to /data/import is still there. */
  isPlaced(): boolean;
  /** The path of a copy that is there although the run was stopped by a signal. */
  interruptedCopy(): string | undefined;
  /** From here on, other runs may add the site. */
  release(): Promise<void>;
  report(sentence: string, kind?: 'failure'): void;
}

/** What the sentences of a run mention. */
export interface AddNames {
  /** As in 'static@example.com.service'. */
  readonly unit: string;
  /** The units without which it does not start. */
  readonly needed: readonly string[];
  /** Where import finds the data. */
  readonly placed: string;
  /** What is imported, on this host; undefined for an address. */
  readonly source?: string | undefined;
}

/**
 * Adds the site, and resolves once it is served and its certificate was waited for.
 *
 * @throws FreeholdError if it is not. The next run continues with what this one has left.
 */
export async function runAdd(plan: AddPlan, names: AddNames, host: AddHost): Promise<void> {
  let mayBePlaced = plan.means !== 'nothing';
  try {
    await performAll(planBring(plan.means), host);
    const start = planStart(plan);
    await performAll(start, host);
    if (start.includes('restart') && !(await host.hasStarted())) {
      await performAll(giveUp, host);
      await undo(plan, names, host);
      mayBePlaced = false;
      throw new FreeholdError(
        `${names.unit} did not start and is disabled again. The last messages of ${[...names.needed, names.unit].join(' ')} are above.`,
      );
    }
    await performAll(planEnd(plan), host);
    mayBePlaced = false;
  } finally {
    // First, as a run that is stopped has less than a second left.
    if (mayBePlaced && host.isPlaced()) host.report(whereabouts(plan, names), 'failure');
    const copy = host.interruptedCopy();
    if (copy !== undefined) {
      host.report(
        `Deleting the incomplete copy ${copy}. The next run deletes what is left of it.`,
        'failure',
      );
    }
    await host.perform('delete-copy');
    await host.release();
  }
  await performAll(['await-served', 'await-certificate'], host);
}

async function undo(plan: AddPlan, names: AddNames, host: AddHost): Promise<void> {
  const operations = planUndo(plan, host.isPlaced());
  await performAll(operations, host);
  if (operations.length > 0) host.report(undone(plan, names), 'failure');
}

async function performAll(operations: readonly AddOperation[], host: AddHost): Promise<void> {
  for (const operation of operations) await host.perform(operation);
}

function undone({ means, isSent }: AddPlan, { placed, source }: AddNames): string {
  if (means === 'address') return 'The address was not imported. Correct it, then run this again.';
  if (means === 'copy') return `${source} was not imported or changed. Correct it, then run this again.`;
  return isSent
    ? `The upload in ${placed} was deleted. Correct the data, then run this again.`
    : `${source} was not imported and is in its place again. Correct it, then run this again.`;
}

/** However a run ends, it reports where the data is. */
function whereabouts({ means }: AddPlan, { placed, source }: AddNames): string {
  const before = means === 'rename' ? ` (before: ${source})` : '';
  return `The data is in ${placed}${before}. The next start of the site imports it.`;
}

/** What a run would do, as sentences. */
export function predictAdd(plan: AddPlan, { unit, placed, source }: AddNames): string[] {
  const [first, ...later] = {
    nothing: [],
    address: [`Would write the repository's address to ${placed}, which the site's start imports`],
    rename: [`Would move ${source} to ${placed}, which the site's start imports`],
    copy: [
      `Would copy ${source} to ${placed}, which the site's start imports`,
      ...(plan.take ? [`Would remove ${source} once the site has the data`] : []),
    ],
  }[plan.means];
  const start = planStart(plan).includes('restart')
    ? `Would start ${unit}, now and at each start of the host`
    : `${unit} is running already`;
  return [...(first === undefined ? [] : [first]), start, ...later].map((one) => `${one}.`);
}
