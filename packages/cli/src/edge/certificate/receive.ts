// Takes a certificate for a site of this host.
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, utimes } from 'node:fs/promises';
import { type Domain, parseCanonicalDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { readInput } from '@freehold/core/read-input';
import type { Program } from '@freehold/core/run-main';
import { writeAtomic } from '@freehold/core/write-atomic';
import {
  type CertificateSeen,
  type InstallOperation,
  planEnd,
  planInstall,
} from '../../certificate/install.ts';
import { factsOf } from '../../host/certificate-facts.ts';
import { faultOf } from '../../host/certificate-state.ts';
import { createPrinter } from '../../print-steps.ts';
import { readSiteCertificate, shownFingerprint } from '../certificates.ts';
import { readHost } from '../host.ts';
import { httpStatus } from '../http-status.ts';
import { runProgram } from '../run-program.ts';

/** A chain with its key has some 10 KB. */
const maxBytes = 1_000_000;
/** So long visitors may be shown the certificate before. */
const shownMs = 20_000;

interface Installation {
  readonly domain: Domain;
  /** The site's certificate. */
  readonly file: string;
  /** PEM: the chain and its key. */
  readonly sent: string;
  readonly signal: AbortSignal;
}

/** What scripts/host/receive-certificate.sh calls: 'DOMAIN', with the certificate on standard input. */
export async function receiveCertificate(words: readonly string[], program: Program): Promise<void> {
  const { signal } = program;
  const [name = '', ...more] = words;
  if (name === '' || more.length > 0) {
    throw new FreeholdError("Argument required: DOMAIN. See 'receive-certificate.sh --help'.", {
      code: 'usage',
    });
  }
  await installCertificate(
    parseCanonicalDomain(name),
    () => readInput(process.stdin, { maxBytes, what: 'standard input', signal }),
    program,
  );
}

/**
 * Puts a certificate in place, and waits until visitors are shown it. If they are not, the one before is restored.
 *
 * @param read gives the chain and its key (PEM).
 * @throws FreeholdError with the reason if it is not installed.
 */
export async function installCertificate(
  domain: Domain,
  read: () => Promise<string>,
  { env, log, signal }: Pick<Program, 'env' | 'log' | 'signal'>,
): Promise<void> {
  await readHost({ args: [], options: {}, env, log, signal });
  const file = await prepareFolder(domain);
  const sent = await read();
  checkSent(sent, domain);
  await install({ domain, file, sent, signal });
}

/** The file of the site's certificate, in a folder that is there. */
async function prepareFolder(domain: Domain): Promise<string> {
  if (!existsSync(`/data/domains/${domain}`)) {
    throw new FreeholdError(
      `${domain} has no data on this host. Add the site first, or import the certificate with it.`,
    );
  }
  const folder = `/data/domains/${domain}/TLS`;
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // It belongs to the site's owner.
  if ((await lstat(folder)).isDirectory()) return `${folder}/${domain}.pem`;
  throw new FreeholdError(`${folder} is a symbolic link, or not a folder. Replace it with a folder.`);
}

/**
 * One that is not for www. too is taken.
 *
 * @throws FreeholdError if browsers would reject it.
 */
export function checkSent(sent: string, domain: Domain): void {
  const fault = faultOf(sent, domain, { now: new Date(), days: 0 });
  if (fault === undefined || fault === `it is not for www.${domain}`) return;
  throw new FreeholdError(`Cannot install the certificate for ${domain}: ${fault}. Nothing was changed.`);
}

async function install(installation: Installation): Promise<void> {
  const { domain, sent, signal } = installation;
  const print = createPrinter();
  const seen = await look(installation);
  const perform = async (operations: readonly InstallOperation[]) => {
    for (const operation of operations) await act(operation, installation);
  };
  await perform(planInstall(seen));
  const isStarted = (await httpStatus({ domain, ip: '127.0.0.1', port: 80, isSecure: false })) !== '404';
  const { fingerprint, daysLeft } = factsOf(sent, new Date());
  const isGood = !isStarted || (await isShown(domain, fingerprint, signal));
  // What refused it logs that; handing over the one before logs again.
  const reason = isGood ? '' : await lastWords(domain, signal);
  await perform(planEnd(seen, isGood));
  if (!isGood) {
    throw new FreeholdError(
      `HAProxy does not present the new certificate of ${domain} after ${shownMs / 1000} s, so the previous one was restored. See journalctl -u certificate@${domain} -u haproxy-confd.${reason === '' ? '' : ` The last line of certificate@${domain} is: ${reason}`}`,
    );
  }
  print(
    isStarted
      ? `${domain}: visitors get the new certificate, which is valid for ${daysLeft} days.`
      : `Installed the certificate of ${domain}. The site is not running.`,
  );
}

/** A copy that a run has left is of no use if visitors are shown the current certificate: it may have been renewed since. */
async function look({ domain, file, signal }: Installation): Promise<CertificateSeen> {
  const seen = { hasCurrent: existsSync(file), hasBefore: existsSync(`${file}.before`) };
  if (!seen.hasCurrent || !seen.hasBefore) return seen;
  const { text } = await readSiteCertificate(domain);
  const current = text === undefined ? undefined : fingerprintOf(text);
  const isShown = current !== undefined && (await shownFingerprint(domain, signal)) === current;
  return { ...seen, hasBefore: !isShown };
}

function fingerprintOf(text: string): string | undefined {
  try {
    return factsOf(text, new Date()).fingerprint;
  } catch {
    // It is no certificate.
    return undefined;
  }
}

async function act(operation: InstallOperation, { domain, file, sent, signal }: Installation): Promise<void> {
  const before = `${file}.before`;
  switch (operation) {
    case 'keep-before': {
      const { atime, mtime } = await lstat(file);
      // Under another name first: the copy is whole, or it is not there.
      await copyFile(file, `${before}.new`);
      await utimes(`${before}.new`, atime, mtime);
      return rename(`${before}.new`, before);
    }
    case 'place':
      return writeAtomic(file, sent, { mode: 0o600 });
    case 'hand-over':
      // certificate@DOMAIN.path does that too for a running site; that of a stopped one is for its 503 page.
      await runProgram('systemctl', ['start', `certificate@${domain}`], { signal });
      return;
    case 'drop-before':
      return rm(before, { force: true });
    case 'restore-before':
      return rename(before, file);
    case 'remove':
      await rm(file, { force: true });
      return;
  }
}

async function isShown(domain: Domain, fingerprint: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + shownMs;
  for (;;) {
    if ((await shownFingerprint(domain, signal)) === fingerprint) return true;
    signal.throwIfAborted();
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The last line of what handed it over. */
async function lastWords(domain: Domain, signal: AbortSignal): Promise<string> {
  const args = [
    '--unit',
    `certificate@${domain}`,
    '--identifier',
    'import',
    '--lines',
    '1',
    '--output',
    'cat',
  ];
  const { stdout } = await runProgram('journalctl', args, { signal });
  return stdout.trim();
}
