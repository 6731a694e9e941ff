// The cluster's etcd as its user root, by etcdctl and the key of the folder.
import { join } from 'node:path';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import type { EtcdMember } from '../../cluster/add-member.ts';
import type { Etcd } from '../../cluster/run-keys.ts';
import { parseMembers } from '../../host/cluster.ts';
import { lastLine } from '../etcd.ts';
import { type Outcome, runProgram } from '../run-program.ts';

export interface RootOptions {
  /** The folder of the cluster's keys. */
  readonly keys: string;
  /** Endpoints, with commas between. */
  readonly where: string;
  readonly signal: AbortSignal;
}

/** etcd changes its members only if they have been connected for 5 s. */
const memberChangeMs = 30_000;
const answerMs = 10_000;

export function etcdAsRoot(options: RootOptions): Etcd {
  const run = (...args: string[]) => runAsRoot(options, args);
  const must = async (...args: string[]) => {
    const outcome = await run(...args);
    if (outcome.code !== 0) throw refused(args, outcome);
    return outcome.stdout;
  };
  /** etcdctl may have lost the answer to a first try that succeeded: `isDone` recognizes that. */
  const retried = async (isDone: RegExp | undefined, ...args: string[]) => {
    const outcome = await repeat(memberChangeMs, async () => {
      const once = await run(...args);
      return isDone?.test(once.stderr) ? { ...once, code: 0 } : once;
    });
    if (outcome.code !== 0) throw refused(args, outcome);
  };
  return {
    where: options.where,
    answers: async () => (await repeat(answerMs, () => run('get', 'freehold'))).code === 0,
    async ensure(change) {
      const outcome = await run(...change);
      const isSoAlready = change[1] === 'delete' ? /not found/ : /already/;
      if (outcome.code !== 0 && !isSoAlready.test(outcome.stderr)) throw refused(change, outcome);
    },
    members: async () => parseEtcdMembers(await must('member', 'list', '--write-out=json')),
    addMember: (name, peerUrl) => retried(undefined, 'member', 'add', name, '--peer-urls', peerUrl),
    removeMember: (id) => retried(/member not found/, 'member', 'remove', id),
    async keys(prefix) {
      const output = await must('get', '--prefix', '--keys-only', prefix);
      return output.split('\n').filter((line) => line !== '');
    },
    async deleteKey(key) {
      await must('del', key);
    },
  };
}

/** The output of `etcdctl member list -w json`. */
export function parseEtcdMembers(text: string): EtcdMember[] {
  return parseMembers(text).map(({ id, name, peerUrls: [peerUrl = ''] }) => ({
    id: id.toString(16),
    name,
    peerUrl,
  }));
}

async function runAsRoot({ keys, where, signal }: RootOptions, args: readonly string[]): Promise<Outcome> {
  const file = (name: string) => join(keys, 'users/root', `${name}.pem`);
  const tls = ['--cacert', file('ca'), '--cert', file('cert'), '--key', file('key')];
  const env = { ...process.env, ETCDCTL_API: '3' };
  try {
    return await runProgram('etcdctl', ['--endpoints', where, ...tls, ...args], { signal, env });
  } catch (error) {
    signal.throwIfAborted();
    const hint = 'etcdctl is required. Install it with: apt-get install etcd-client';
    throw new FreeholdError(`${reasonOf(error)}. ${hint}`, { cause: error });
  }
}

function refused(args: readonly string[], { stderr, stdout }: Outcome): FreeholdError {
  const reason = lastLine(stderr) || lastLine(stdout);
  return new FreeholdError(`etcd refused '${args.join(' ')}': ${reason}. Run this again.`);
}

async function repeat(ms: number, run: () => Promise<Outcome>): Promise<Outcome> {
  const deadline = performance.now() + ms;
  for (;;) {
    const outcome = await run();
    if (outcome.code === 0 || performance.now() >= deadline) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
