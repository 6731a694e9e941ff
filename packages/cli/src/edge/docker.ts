import { json } from 'node:stream/consumers';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { Address } from '@freehold/core/service-record';

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

/** What is read of the description of one container. */
export interface Inspected {
  readonly HostConfig?: { readonly Memory?: number; readonly PidsLimit?: number | null };
  readonly State?: { readonly Pid?: number };
  readonly Config?: {
    readonly Labels?: Readonly<Record<string, string>>;
    readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
}

/** Undefined where there is no such container. */
export async function readContainer(name: string, signal: AbortSignal): Promise<Inspected | undefined> {
  return (await ask(`/containers/${encodeURIComponent(name)}/json`, signal)) as Inspected | undefined;
}

/** Undefined where there is no such container. */
export async function readLimits(name: string, signal: AbortSignal): Promise<RunningLimits | undefined> {
  const config = (await readContainer(name, signal))?.HostConfig;
  return config && { memory: config.Memory ?? 0, pids: config.PidsLimit ?? 0 };
}

/** Where a container listens: at the port of its label freehold.port, or the first one of its image. Undefined if it does not run. */
export async function readAddress(name: string, signal: AbortSignal): Promise<Address | undefined> {
  return addressOf(await readContainer(name, signal));
}

export function addressOf(container: Inspected | undefined): Address | undefined {
  const networks = Object.values(container?.NetworkSettings?.Networks ?? {});
  const ip = networks.find(({ IPAddress }) => IPAddress)?.IPAddress;
  const { Labels = {}, ExposedPorts = {} } = container?.Config ?? {};
  const port = Number.parseInt(Labels['freehold.port'] ?? Object.keys(ExposedPorts)[0] ?? '', 10);
  return ip && port > 0 ? { ip, port } : undefined;
}

/** Undefined for 404. */
async function ask(path: string, signal: AbortSignal): Promise<unknown> {
  // An import of node:http would load undici too, and every command would take twice as long to start: node:http exports
  // WebSocket, and all exports of a built-in module are read when it is imported.
  const { request } = process.getBuiltinModule('node:http');
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
