// The operations that start a new site, wait until it is served, or end what has failed.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { FreeholdError } from '@freehold/core/error';
import { visible } from '@freehold/core/print-lines';
import type { AddOperation } from '../../add/plan.ts';
import { parseChecks, readState } from '../haproxy.ts';
import { httpStatus } from '../http-status.ts';
import { outputOf, runProgram } from '../run-program.ts';
import { showUnits } from '../systemd.ts';
import { waitUntil } from '../wait-until.ts';
import type { Adding } from './adding.ts';
import type { BringOperation } from './bring-acts.ts';

type Act = (adding: Adding) => Promise<void>;

const booting = '/run/freehold/booting';

export const startActs: Readonly<Record<Exclude<AddOperation, BringOperation>, Act>> = {
  announce: async (adding) => {
    adding.report(`${adding.names.unit} is running already.`);
    await systemctl(adding, 'start', '--no-block', `discovery@${adding.domain}`);
  },
  'await-boot': async ({ report, call: { signal } }) => {
    if (!existsSync(booting)) return;
    report('Waiting until the host has started');
    if (await waitUntil(300, () => !existsSync(booting), { signal })) return;
    throw new FreeholdError('The host has not started after 300 s. See systemctl status start-sites.');
  },
  enable: async (adding) => {
    adding.report(`Starting ${adding.names.unit}, now and at each start of the host`);
    await systemctl(adding, 'enable', '--quiet', adding.names.unit);
  },
  'cancel-retries': (adding) => systemctl(adding, 'stop', retryTimer(adding)),
  restart: (adding) => systemctl(adding, 'restart', '--no-block', adding.names.unit),
  'print-journal': async (adding) => {
    const { needed, unit } = adding.names;
    await printJournal(adding, [...needed, unit], 15);
  },
  disable: (adding) => systemctl(adding, 'disable', '--quiet', '--now', adding.names.unit),
  'stop-needed': (adding) => systemctl(adding, 'stop', ...adding.names.needed, adding.names.unit),
  'forget-failures': async ({ names, call: { signal } }) => {
    await runProgram('systemctl', ['reset-failed', ...names.needed, names.unit], { signal });
  },
  'await-served': awaitServed,
  'await-certificate': awaitCertificate,
};

const retryTimer = ({ app, domain }: Adding) => `retry@${app}@${domain}.timer`;

async function systemctl({ call: { signal } }: Adding, ...words: string[]): Promise<void> {
  await outputOf('systemctl', words, { signal });
}

/** To standard error, as the reason of a failure. */
async function printJournal({ call: { signal } }: Adding, units: readonly string[], lines: number) {
  const words = ['--no-pager', '--quiet', '--output=cat', `--lines=${lines}`];
  const { stdout } = await runProgram('journalctl', [...words, ...units.map((one) => `--unit=${one}`)], {
    signal,
  });
  for (const line of stdout.split('\n').filter((one) => one !== ''))
    process.stderr.write(`${visible(line.replaceAll('\t', '    '))}\n`);
}

/** Waits until the start has ended, or has failed and will be retried: it continues in the meantime. */
export async function hasStarted(adding: Adding): Promise<boolean> {
  const { signal } = adding.call;
  const [unit, timer] = [adding.names.unit, retryTimer(adding)];
  for (;;) {
    const shown = await showUnits([unit, timer], ['ActiveState', 'Job'], signal);
    const value = (name: string, key: string) => shown.get(name)?.get(key) ?? '';
    const isDone = ['', '0'].includes(value(unit, 'Job'));
    if (isDone || value(timer, 'ActiveState') === 'active') return value(unit, 'ActiveState') === 'active';
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A new site has no backend of its own name in its first seconds, and some front pages are 404: either will do. */
async function awaitServed(adding: Adding): Promise<void> {
  const { domain, host, call } = adding;
  const isServed = async () => {
    if (/^[23]/.test(await httpStatus({ domain, ip: '127.0.0.1', port: 80, isSecure: false }))) return true;
    const checks = parseChecks((await readState()) ?? '', host.settings.FREEHOLD_HOST);
    return checks.get(domain)?.startsWith('UP') ?? false;
  };
  if (await waitUntil(90, isServed, call)) return;
  await printJournal(adding, [`discovery@${domain}`, 'haproxy-confd'], 10);
  throw new FreeholdError(
    `${domain} is not served after 90 s. The last messages of discovery@${domain} and haproxy-confd are above.`,
  );
}

export const certificateOf = (domain: string): string => `/data/runtime/haproxy/approved-certs/${domain}.pem`;

/** Reports the state of the new site's certificate, if certificates are automatic. */
async function awaitCertificate({ domain, call: { signal }, report }: Adding): Promise<void> {
  const hasCertificate = () => existsSync(certificateOf(domain));
  if (!existsSync('/data/acme/requests') || hasCertificate()) return;
  report('Waiting for its certificate');
  const status = () => readFile(`/data/acme/status/${domain}`, 'utf8').catch(() => '');
  const isDecided = async () => hasCertificate() || (await status()) !== '';
  if (!(await waitUntil(60, isDecided, { signal }))) {
    report('There is no certificate yet. See scripts/list-sites.sh and journalctl -u acme.');
  } else if (!hasCertificate() && !(await waitUntil(5, hasCertificate, { signal }))) {
    report((await status()).trim());
  }
}
