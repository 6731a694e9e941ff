/**
 * Ends the process as if it handled no SIGTERM, after it has cleaned up: systemd and shells can distinguish that from a failure.
 * Returns only in a container as its first process, which the kernel protects.
 */
export function endBySigterm(): void {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}
