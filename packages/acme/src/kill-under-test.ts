// For the tests: acme killed with SIGKILL at one of its steps, by strace (Debian package strace), and what holds after.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { startChild } from '@freehold/testing/child';
import { sameCalls, wasKilled } from '@freehold/testing/strace';
import { createTestHost, isThere } from './host-under-test.ts';
import { readState, siteState } from './state.ts';

/**
 * Each `rename` puts something on disk, and each `connect` is a request to the CA, to DNS or to a name: a kill at one of
 * these is before it happens.
 */
export interface Step {
  readonly call: 'rename' | 'connect';
  readonly count: number;
}

const atOnce = 3;

/**
 * Kills a first run at a step, and asserts that the next one brings the certificate, by the order that was begun if there
 * is one. Gives whether the step was reached.
 */
export async function killAndContinue(step: Step): Promise<boolean> {
  await using host = await createTestHost();
  const domain = 'a.test';
  await host.addSite(domain);
  const orders = () => host.pebble.output().match(/Added order/g)?.length ?? 0;
  const inject = `inject=${step.call}:signal=KILL:when=${step.count}`;
  const strace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${step.call}`, '-e', inject];
  const program = [process.execPath, '--single-threaded', join(import.meta.dirname, 'main.ts'), '--all'];
  const child = startChild('strace', [...strace, ...program], { ...host.env, ...sameCalls });
  await once(child.process, 'close');
  if (!wasKilled(child.process)) {
    assert.equal(child.process.exitCode, 0, child.output());
    return false;
  }
  const before = orders();
  const { order, seen } = (await readState(host.layout.siteState(domain), siteState)) ?? {};
  const installed = await isThere(host.layout.certificate(domain));
  const { code, output } = await host.run(['--all']);
  const where = `${step.call} ${step.count}: ${output}`;
  assert.equal(code, 0, where);
  assert.ok(new X509Certificate(await host.certificate(domain)).checkHost(domain), where);
  assert.equal(orders() - before, order || installed ? 0 : 1, where);
  assert.ok(seen === undefined || seen <= Date.now(), where);
  const again = await host.run(['--all']);
  assert.deepEqual([again.code, again.output], [0, ''], where);
  return true;
}

/** Kills runs at each step of a kind, the first, the second and so on. Runs wait for the CA most of the time, so a few go side by side. */
export async function killAtEach(call: Step['call']): Promise<void> {
  for (let first = 1; ; first += atOnce) {
    const counts = Array.from({ length: atOnce }, (_, index) => first + index);
    const reached = await Promise.all(counts.map((count) => killAndContinue({ call, count })));
    if (reached.includes(false)) return;
  }
}
