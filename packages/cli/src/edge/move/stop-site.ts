// Stops a site for its move, as fast as its app allows.
import { readContainer } from '../docker.ts';
import { runProgram } from '../run-program.ts';
import { waitUntil } from '../wait-until.ts';
import { declared, furtherUnits, type SiteHere, systemctl } from './site-here.ts';

/** Stops the site's own units, with discovery@; systemd stops what belongs to them, and is done when that is. */
export async function stopSite(site: SiteHere, app: string): Promise<void> {
  const { domain } = site;
  const units = [`${app}@${domain}`, `discovery@${domain}`, ...furtherUnits(site, app)];
  const stopping = systemctl(site, 'stop', ...units);
  const again = declared(site, 'StopTwice', app)[0] === 'yes' ? stopAgain(site, app) : undefined;
  await Promise.all([stopping, again]);
}

/**
 * Apache looks only once a second whether the last request has ended. Told to stop while nothing is left below it, it
 * stops at once. For apps that declare StopTwice=.
 */
async function stopAgain(site: SiteHere, app: string): Promise<void> {
  const pid = (await readContainer(`${app}_${site.domain}`, site.signal))?.State?.Pid;
  if (!pid) return;
  const { signal } = site;
  const isAlone = async () => !(await hasChildren(pid, signal));
  if (!(await waitUntil(10, isAlone, { signal, everyMs: 50 }))) return;
  try {
    process.kill(pid);
  } catch {
    // It has exited.
  }
}

/** Whether a child of the process runs; it does not look after those that have ended, in state Z. */
async function hasChildren(pid: number, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await runProgram('ps', ['--ppid', String(pid), '-o', 'state='], { signal });
  return stdout.split('\n').some((state) => state.trim() !== '' && !state.startsWith('Z'));
}
