import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { FreeholdError, reasonOf } from '@freehold/core/error';

const socketPath = '/run/docker.sock';

/** A container: its name without a slash, and what Docker's list says about it. */
export interface Container {
  readonly name: string;
  /** As in 'running'. */
  readonly state: string;
}

/** What a container runs with: bytes of memory, and processes; 0 for no limit. */
export interface RunningLimits {
  readonly memory: number;
  readonly pids: number;
}

/** All containers, in one call of Docker's API. */
export async function listContainers(signal: AbortSignal): Promise<Container[]> {
  const list = (await ask('/containers/json?all=true', signal)) as { Names?: string[]; State?: string }[];
  return list.flatMap(({ Names = [], State = '' }) =>
    Names.slice(0, 1).map((name) => ({ name: name.replace(/^\//, ''), state: State })),
  );
}

/** Undefined where there is no such container. */
export async function readLimits(name: string, signal: AbortSignal): Promise<RunningLimits | undefined> {
  const answer = (await ask(`/containers/${encodeURIComponent(name)}/json`, signal)) as
    | { HostConfig?: { Memory?: number; PidsLimit?: number | null } }
    | undefined;
  const config = answer?.HostConfig;
  return config && { memory: config.Memory ?? 0, pids: config.PidsLimit ?? 0 };
}

/** Undefined for 404. */
async function ask(path: string, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const call = request({ socketPath, path, signal }, (answer) => {
    if (answer.statusCode === 404) {
      answer.resume();
      resolve(undefined);
    } else if (answer.statusCode === 200) json(answer).then(resolve, reject);
    else reject(new Error(`it answered with status ${answer.statusCode}`));
  });
  call.on('error', reject).end();
  try {
    return await promise;
  } catch (error) {
    throw new FreeholdError(`Docker at ${socketPath} could not answer ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
