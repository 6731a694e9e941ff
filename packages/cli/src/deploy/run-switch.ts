// A switch of a host's version from its plan to its end. It touches the host through `HostHere` alone.
import { FreeholdError } from '@freehold/core/error';
import { planSwitch, type SwitchOperation, type SwitchSeen } from './plan-switch.ts';

export interface HostHere {
  /** Rejects if the operation fails. */
  perform(operation: SwitchOperation): Promise<void>;
  report(sentence: string, kind?: 'failure'): void;
  /** Aborts when the switch is stopped: it then leaves all as it is, for the next one. */
  readonly signal: AbortSignal;
}

/**
 * Makes a version the one in use; rolls back if it does not come up.
 *
 * @throws FreeholdError with the version that is in use now.
 */
export async function runSwitch(seen: SwitchSeen, host: HostHere): Promise<void> {
  const { version, before } = seen;
  const plan = planSwitch(seen);
  await performAll(plan.begin, host);
  try {
    await performAll(plan.attempt, host);
  } catch (error) {
    host.signal.throwIfAborted();
    host.report(messageOf(error), 'failure');
    return await putBack(seen, plan.putBack, host);
  }
  await performAll(plan.complete, host);
  await performAll(plan.tidy, host).catch((error: unknown) => {
    host.signal.throwIfAborted();
    host.report(`Cannot delete old versions: ${messageOf(error)}`, 'failure');
  });
  host.report(`Version ${version} ${before === version ? 'was in use already' : 'is in use'}.`);
}

async function putBack(
  { version, before }: SwitchSeen,
  plan: readonly SwitchOperation[] | undefined,
  host: HostHere,
): Promise<never> {
  if (!plan) {
    throw new FreeholdError(
      `Version ${version} failed to start, and there is no previous one to roll back to. The reason is above; then deploy again.`,
    );
  }
  host.report(`Rolling back to version ${before}`, 'failure');
  try {
    await performAll(plan, host);
  } catch (error) {
    host.signal.throwIfAborted();
    host.report(messageOf(error), 'failure');
    throw new FreeholdError(`Version ${before} did not start either; the reason is above.`);
  }
  throw new FreeholdError(
    `Version ${version} did not start. The host was rolled back to ${before}; sites were served throughout.`,
  );
}

/** It may have several lines: the last ones of a program's log, for example. */
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function performAll(operations: readonly SwitchOperation[], host: HostHere): Promise<void> {
  for (const operation of operations) {
    host.signal.throwIfAborted();
    await host.perform(operation);
  }
}
