// The throw-away hosts for the tests: one for each lane.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { measureContainers } from './cpu-time.ts';
import type { Lane } from './lanes.ts';
import { type FileResult, runFile } from './run-file.ts';
import { root, type TestFile } from './test-files.ts';

const script = join(root, 'scripts/throwaway-host.sh');

async function throwawayHost(...args: string[]): Promise<void> {
  const child = spawn(script, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}.`);
}

/** The volume with the images that hosts have at first; scripts/test.sh removes it at the end. */
const imagesVolume = 'freehold-e2e-images';

/** Gives what loads the images once, for all hosts that are started from then on. Without them, each host loads its own. */
export function provideImages(): () => Promise<void> {
  let loaded: Promise<void> | undefined;
  const load = async () => {
    try {
      await throwawayHost('images', imagesVolume);
      process.env.FREEHOLD_E2E_IMAGES = imagesVolume;
    } catch (error) {
      process.stdout.write(`Each host loads the images: ${error}\n`);
    }
  };
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** What a lane with a host of its own is made from. */
interface HostLane {
  /** From 1 on; decides the host's name and ports. */
  readonly number: number;
  readonly takes: Lane['takes'];
  /** Gives the host its images; without it, the host loads its own. */
  readonly loadImages?: () => Promise<void>;
  /** The release of Debian that the host has; that of the images unless given. */
  readonly release?: string;
}

/**
 * A lane with a host of its own, which is set up when the first file needs it. The first host is set up from a bare server,
 * the others from one that has the packages and the images; with `release`, each from a bare server of that release.
 * scripts/test.sh removes the hosts at the end.
 */
export function createHostLane({ number, takes, loadImages, release }: HostLane): Lane {
  const name = number === 1 ? 'freehold-e2e' : `freehold-e2e-lane${number}`;
  // A file may use the ports above these for further hosts.
  const http = String(20_080 + 1000 * (number - 1));
  const https = String(20_443 + 1000 * (number - 1));
  const prepared = release ? ['--release', release] : number === 1 ? [] : ['--prepared'];
  const env = { FREEHOLD_E2E_HOST: name, FREEHOLD_E2E_HTTP: http, FREEHOLD_E2E_HTTPS: https };
  let host: Promise<void> | undefined;
  const start = () => {
    host ??= throwawayHost('up', name, ...prepared, '--http', http, '--https', https).catch(
      (error: unknown) => {
        host = undefined;
        throw error;
      },
    );
    return host;
  };
  return {
    takes,
    async run(file: TestFile): Promise<FileResult> {
      try {
        if (number > 1) await loadImages?.();
        if (file.kind === 'host') await start();
      } catch (error) {
        const failure = { title: 'the host', reason: String(error) };
        return {
          ...{ path: file.path, seconds: 0, cpuSeconds: 0, passed: 0, failures: [failure] },
          ...{ skipped: [], tests: [], output: '' },
        };
      }
      const names = containersOf(file, name);
      const endMeasuring = await measureContainers((container) => names.test(container));
      const result = await runFile(file, env);
      return { ...result, cpuSeconds: result.cpuSeconds + (await endMeasuring()) };
    },
  };
}

/** The names of the containers that a file uses: the lane's host and those beside it, or those that files of its kind share. */
function containersOf({ kind }: TestFile, host: string): RegExp {
  const [servers, cluster] = ['(d\\d|control)', '(\\d|cloud)'];
  if (kind === 'servers') return new RegExp(`^freehold-e2e-${servers}`);
  if (kind === 'cluster') return new RegExp(`^freehold-e2e-${cluster}`);
  return new RegExp(`^${host}($|-(?!lane|${servers}|${cluster}))`);
}
