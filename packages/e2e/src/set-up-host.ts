// Before the first test: scripts/setup.sh turns a bare server into a host, or updates the host of an earlier
// run. After the last test it is removed, unless FREEHOLD_E2E_KEEP is set.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hostName, httpPort, httpsPort } from './host.ts';

const script = join(import.meta.dirname, '../../../scripts/throwaway-host.sh');

async function throwawayHost(...args: string[]): Promise<void> {
  const child = spawn(script, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}`);
}

export async function globalSetup(): Promise<void> {
  await throwawayHost('up', hostName, '--prepared', '--http', String(httpPort), '--https', String(httpsPort));
}

export async function globalTeardown(): Promise<void> {
  if (process.env.FREEHOLD_E2E_KEEP) return;
  await throwawayHost('down', hostName);
}
