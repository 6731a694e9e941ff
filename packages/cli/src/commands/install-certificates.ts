import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Domain, parseCanonicalDomain, parseDomain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { printLines } from '@freehold/core/print-lines';
import type { Call } from '../command.ts';
import { checkSent, installCertificate } from '../edge/certificate/receive.ts';
import { sendToServer } from '../edge/connection.ts';
import { makeConnectionFolder } from '../edge/connection-folder.ts';
import { factsOf } from '../host/certificate-facts.ts';

/** On a server. */
const script = '/opt/freehold/scripts/host/receive-certificate.sh';

interface Sent {
  readonly file: string;
  readonly domain: Domain;
}

/** Installs certificates on this host, or on the server of --on. */
export async function installCertificates(call: Call): Promise<void> {
  const { args, options } = call;
  const files = args.map((file) => ({ file, domain: domainOf(file) }));
  if (options.dryRun) return each(files, predict);
  if (options.on === undefined) {
    return each(files, ({ file, domain }) => installCertificate(domain, () => readText(file), call));
  }
  const folder = await makeConnectionFolder(call.env);
  try {
    await each(files, (sent) => send(sent, folder, call));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws FreeholdError `usage` for a file that is not there, or whose name is no domain's. */
function domainOf(file: string): Domain {
  if (!existsSync(file)) {
    throw new FreeholdError(`Cannot read a certificate from '${file}': no such file.`, { code: 'usage' });
  }
  const name = basename(file, '.pem');
  return /\P{ASCII}/u.test(name) ? parseDomain(name) : parseCanonicalDomain(name);
}

/** One that is refused leaves the others alone. */
async function each(files: readonly Sent[], work: (sent: Sent) => Promise<void>): Promise<void> {
  const refused: string[] = [];
  for (const sent of files) {
    try {
      await work(sent);
    } catch (error) {
      if (!(error instanceof FreeholdError) || files.length === 1) throw error;
      process.stderr.write(`${error.message}\n`);
      refused.push(sent.file);
    }
  }
  if (refused.length > 0) throw new FreeholdError(`Refused: ${refused.join(' ')} (the reasons are above).`);
}

async function send({ file, domain }: Sent, folder: string, { env, options, signal }: Call): Promise<void> {
  const server = String(options.on);
  const report = (line: string) => void process.stderr.write(`${line}\n`);
  const connection = { server, folder, env, signal, report };
  const { code, output } = await sendToServer(connection, ['cat', '--', file], [script, domain]);
  printLines(output.split('\n').filter((line) => line !== ''));
  if (code !== 0) throw new FreeholdError(`${server} refused ${file}; the reason is above.`);
}

async function predict({ file, domain }: Sent): Promise<void> {
  const text = await readText(file);
  checkSent(text, domain);
  const { daysLeft } = factsOf(text, new Date());
  printLines([`Would install ${file} for ${domain}: it is valid for ${daysLeft} days. Nothing was changed.`]);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FreeholdError(`Cannot read ${file}: ${reasonOf(cause)}`, { cause });
  });
}
