// The throw-away hosts for the tests: one for each lane.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Lane } from './lanes.ts';
import { type FileResult, runFile } from './run-file.ts';
import { root, type TestFile } from './test-files.ts';

const script = join(root, 'scripts/throwaway-host.sh');

async function throwawayHost(...args: string[]): Promise<void> {
  const child = spawn(script, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}.`);
}

/**
 * A lane with its own host, which is set up when the first file needs it. Its number, from 1 on, determines
 * the host's name and ports. The first host is set up from a bare server, the others from one that has the
 * packages. scripts/test.sh removes the hosts at the end.
 */
export function createHostLane(number: number, takes: Lane['takes']): Lane {
  const name = number === 1 ? 'freehold-e2e' : `freehold-e2e-lane${number}`;
  // A file may use the ports above these for further hosts.
  const http = String(20_080 + 1000 * (number - 1));
  const https = String(20_443 + 1000 * (number - 1));
  const prepared = number === 1 ? [] : ['--prepared'];
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
        if (file.kind === 'host') await start();
      } catch (error) {
        const failure = { title: 'the host', reason: String(error) };
        return { path: file.path, seconds: 0, passed: 0, failures: [failure], skipped: [], output: '' };
      }
      return runFile(file, env);
    },
  };
}
