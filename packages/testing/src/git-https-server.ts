import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A git server over https. */
export interface GitHttpsServer {
  readonly port: number;
  /** `https://localhost:PORT`, to which a repository's name is added. */
  readonly url: string;
  /** The file with its certificate, for `GIT_SSL_CAINFO`. */
  readonly certificate: string;
  /** The requests so far. */
  readonly requests: { url: string; authorization: string | undefined }[];
  stop(): Promise<void>;
}

export interface GitHttpsOptions {
  /** Answers a request instead of git if it returns true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Behaves like servers before protocol 2: it sends no commit by its id. */
  readonly oldProtocol?: boolean;
  /** Requires this user and password. */
  readonly login?: string;
}

/** Serves the repositories below a folder by git-http-backend(1) (Debian package git). */
export async function startGitHttpsServer(
  folder: string,
  { intercept, oldProtocol = false, login }: GitHttpsOptions = {},
): Promise<GitHttpsServer> {
  const files = await temporaryFolder();
  const { certificate, key } = await makeCertificate(['localhost']);
  const certificateFile = join(files.path, 'certificate.pem');
  await writeFile(certificateFile, certificate);
  const requests: GitHttpsServer['requests'] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const { authorization } = request.headers;
    requests.push({ url: request.url ?? '', authorization });
    if (intercept?.(request, response)) return;
    if (login !== undefined && authorization !== `Basic ${Buffer.from(login).toString('base64')}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    } else {
      answerByGit(request, response, { folder, oldProtocol });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://localhost:${port}`,
    certificate: certificateFile,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await files.remove();
    },
  };
}

/** The Common Gateway Interface, as far as git-http-backend requires it (RFC 3875). */
function answerByGit(
  request: IncomingMessage,
  response: ServerResponse,
  { folder, oldProtocol }: { folder: string; oldProtocol: boolean },
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost');
  const env = {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_PROTOCOL: oldProtocol ? '' : String(request.headers['git-protocol'] ?? ''),
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    REMOTE_ADDR: '127.0.0.1',
  };
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(backend.stdin).on('error', () => undefined);
  let head: Buffer | undefined = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    writeHead(response, head.toString('latin1', 0, end));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  backend.on('close', () => response.end());
}

function writeHead(response: ServerResponse, text: string): void {
  const fields = text.split('\r\n').map((line) => line.split(/: (.*)/s) as [string, string]);
  const status = fields.find(([name]) => name.toLowerCase() === 'status')?.[1];
  response.writeHead(
    Number.parseInt(status ?? '200', 10),
    Object.fromEntries(fields.filter(([name]) => name.toLowerCase() !== 'status')),
  );
}
