// The single steps of a cluster on a control machine, which scripts/cluster/*.sh call.

import { X509Certificate } from 'node:crypto';
import { FreeholdError } from '@freehold/core/error';
import type { Program } from '@freehold/core/run-main';
import { checkAddress, checkHostName, endpointsOf } from '../../cluster/key-files.ts';
import {
  admitHost,
  type Etcd,
  issueHost,
  makeAuthority,
  removeHost,
  type Tools,
} from '../../cluster/run-keys.ts';
import { createPrinter } from '../../print-steps.ts';
import { etcdAsRoot } from './etcd-as-root.ts';
import { firstBootValues } from './first-boot-values.ts';
import { openKeys } from './key-folder.ts';

type Step = (words: readonly string[], program: Program) => Promise<void>;

const steps: Readonly<Record<string, Step>> = {
  'make-authority': runMakeAuthority,
  issue: runIssue,
  admit: (words, program) => withEtcd('admit', words, program, admitHost),
  dismiss: (words, program) => withEtcd('dismiss', words, program, removeHost),
  'first-boot-values': runFirstBootValues,
};

/**
 * 'STEP [WORD …]', as the scripts of these names take them.
 *
 * @throws FreeholdError `usage` for words that are no such step.
 */
export async function runClusterStep([name = '', ...words]: string[], program: Program): Promise<void> {
  const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
  if (!step) throw new FreeholdError(`'${name}' is no step of a cluster.`, { code: 'usage' });
  await step(words, program);
}

async function runMakeAuthority(words: readonly string[], program: Program): Promise<void> {
  const [folder] = takeWords('make-authority', ['FOLDER'], words);
  const print = createPrinter();
  await makeAuthority(openKeys(folder, program, print));
  print(`${folder} contains the CAs and the certificates of etcd's users root and operator.`);
}

async function runIssue(words: readonly string[], program: Program): Promise<void> {
  const renew = words.includes('--renew');
  const rest = words.filter((word) => word !== '--renew');
  const [folder, name, address] = takeWords('issue', ['FOLDER', 'HOST', 'ADDRESS'], rest);
  const print = createPrinter();
  const tools = openKeys(folder, program, print);
  checkHostName(name);
  checkAddress(address);
  const made = await issueHost(tools, { host: { name, address }, renew });
  const certificate = new X509Certificate((await tools.read()).get(`hosts/${name}/client/cert.pem`) ?? '');
  print(
    `Copy ${folder}/hosts/${name} to ${name}. Renewed: ${made.join(' ') || 'nothing'}. The first of its certificates expires on ${certificate.validTo}.`,
  );
}

async function withEtcd(
  script: string,
  words: readonly string[],
  program: Program,
  work: (tools: Tools, etcd: Etcd, host: string) => Promise<void>,
): Promise<void> {
  const [folder, host] = takeWords(script, ['FOLDER', 'HOST'], words);
  const tools = openKeys(folder, program, createPrinter());
  await work(tools, await etcdOf(tools, program), host);
}

/** etcd at all members, or at FREEHOLD_ETCD, as through a tunnel. */
export async function etcdOf(tools: Tools, { env, signal }: Program): Promise<Etcd> {
  const where = env.FREEHOLD_ETCD || endpointsOf(await tools.read());
  return etcdAsRoot({ keys: tools.folder, where, signal });
}

async function runFirstBootValues(words: readonly string[], program: Program): Promise<void> {
  const [folder, host] = takeWords('first-boot-values', ['FOLDER', 'HOST'], words);
  const tools = openKeys(folder, program, createPrinter());
  process.stdout.write(await firstBootValues(await tools.read(), folder, host));
}

function takeWords<const Names extends readonly string[]>(
  script: string,
  names: Names,
  words: readonly string[],
): { [Index in keyof Names]: string } {
  const see = `See '${script}.sh --help'.`;
  const option = words.find((word) => word.startsWith('-'));
  if (option !== undefined) throw new FreeholdError(`Unknown option '${option}'. ${see}`, { code: 'usage' });
  if (words.length !== names.length || words.includes('')) {
    const needed = `Argument${names.length > 1 ? 's' : ''} required: ${names.join(' ')}.`;
    throw new FreeholdError(`${needed} ${see}`, { code: 'usage' });
  }
  return [...words] as { [Index in keyof Names]: string };
}
