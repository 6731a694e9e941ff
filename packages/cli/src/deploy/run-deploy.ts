// A deploy to one server, or its switch to a version that it has, from a control machine: one step after the other, for as
// long as the server is held for this run. Each step looks at the server first and does what is missing: cut off anywhere,
// the next run does what is left.
import { FreeholdError } from '@freehold/core/error';

export type DeployStep =
  /** The server is the host that it was so far, before it is sent what is that host's. */
  | 'bind-name'
  | 'send-files'
  /** A bare server is made able to take images. */
  | 'prepare'
  | 'send-images'
  /** Where the server is a member of a cluster. */
  | 'renew-membership'
  | 'send-own-files'
  | 'require-version'
  | 'check-databases'
  /** It goes on to its end by itself. */
  | 'switch';

export const deploySteps: readonly DeployStep[] = [
  'bind-name',
  'send-files',
  'prepare',
  'send-images',
  'renew-membership',
  'send-own-files',
  'switch',
];

export const rollBackSteps: readonly DeployStep[] = ['require-version', 'check-databases', 'switch'];

export interface HeldServer {
  /** Whether the server still lets this run alone change it, as far as is known here; the server itself knows better. */
  isHeld(): boolean;
  /** Rejects if the step fails, the server is lost, or it is held for another run. */
  perform(step: DeployStep): Promise<void>;
}

/** @throws FreeholdError if a step fails, or the server is no longer held. */
export async function runSteps(steps: readonly DeployStep[], server: HeldServer): Promise<void> {
  for (const step of steps) {
    if (!server.isHeld()) {
      throw new FreeholdError(
        `Stopped before the step '${step}': the connection that held the server for this run was lost, and another run may have it by now. Run this again.`,
      );
    }
    await server.perform(step);
  }
}
