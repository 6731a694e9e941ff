import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Requests per second of 16 connections in three seconds, measured by wrk in its own container on this machine's network.
 * Over https the name is shown by SNI, and certificates are not checked. Throws if an answer is neither 2xx nor 3xx.
 */
export async function requestsPerSecond(options: {
  name: string;
  port: number;
  protocol: 'http' | 'https';
  /** A connection for each request, with a TLS handshake of its own. */
  newConnections?: boolean;
}): Promise<number> {
  const { name, port, protocol, newConnections = false } = options;
  const docker = [
    'run',
    '--rm',
    '--network',
    'host',
    '--add-host',
    `${name}:127.0.0.1`,
    'freehold/test-tools',
  ];
  const wrk = ['wrk', '--threads', '1', '--connections', '16', '--duration', '3s'];
  const headers = newConnections ? ['--header', 'Connection: close'] : [];
  const { stdout } = await execute('docker', [
    ...docker,
    ...wrk,
    ...headers,
    `${protocol}://${name}:${port}/`,
  ]);
  const bad = stdout.match(/Non-2xx or 3xx responses: (\d+)/)?.[1];
  if (bad) throw new Error(`${bad} requests to ${name} failed:\n${stdout}`);
  return Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)?.[1]);
}
