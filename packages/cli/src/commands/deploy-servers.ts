import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FreeholdError } from '@freehold/core/error';
import type { Call } from '../command.ts';
import { deploySteps, rollBackSteps } from '../deploy/run-deploy.ts';
import { isVersion } from '../deploy/versions.ts';
import { callServer } from '../edge/connection.ts';
import { configFolder } from '../edge/control-machine.ts';
import {
  exportFiles,
  findCheckout,
  makeVersion,
  predictVersion,
  readCommit,
} from '../edge/deploy/checkout.ts';
import { createReport, startedAt } from '../edge/deploy/clock.ts';
import { type Deploy, deployServer } from '../edge/deploy/deploy-server.ts';
import { savedImages } from '../edge/deploy/saved-images.ts';
import { onEachServer, serversOf } from '../edge/each-server.ts';

/** One clock for this command and all that it calls. */
function withClock(call: Call): Call {
  return { ...call, env: { ...call.env, FREEHOLD_STARTED: String(startedAt(call.env)) } };
}

/** Makes servers hosts, or brings them up to date with this checkout. */
export async function deployServers(given: Call): Promise<void> {
  const call = withClock(given);
  const { args, options, env, signal } = call;
  const servers = await serversOf(args, call);
  const said = typeof options.name === 'string' ? options.name : undefined;
  if (said !== undefined && servers.length > 1) {
    throw new FreeholdError(`--name is for one server, but there are ${servers.length}.`, { code: 'usage' });
  }
  const checkout = findCheckout(env, signal);
  const commit = await readCommit(checkout);
  // Commander takes --no-build for build=false.
  const builds = options.build !== false;
  if (options.dryRun) {
    const version = await predictVersion(checkout, commit, builds);
    const unknown = `a version of commit ${commit}, whose images are to be built`;
    return predict(servers, call, version === undefined ? unknown : `version ${version}`);
  }
  const version = await makeVersion(checkout, commit, builds);
  createReport(env)(`Version ${version.version}: this commit, and ${version.images.length} images`);
  const folder = await mkdtemp(join(tmpdir(), 'freehold-'));
  try {
    const files = join(folder, 'files');
    await exportFiles(checkout, commit, files);
    const save = savedImages(checkout, version, join(folder, 'images'));
    const deploy: Deploy = { checkout, config: configFolder(env), version, files, said, save };
    await onEachServer(servers, call, (one) => deployServer(one, deploySteps, deploy));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Switches servers to a version that they have. */
export async function rollBackServers(given: Call): Promise<void> {
  const call = withClock(given);
  const { args, options, env, signal } = call;
  const { to } = options;
  if (typeof to !== 'string')
    throw usage("Missing argument: --to VERSION. See 'freehold server roll-back --help'.");
  if (!isVersion(to))
    throw usage(`'${to}' is no version. 'freehold server versions' lists those that there are.`);
  const servers = await serversOf(args, call);
  if (options.dryRun) return predict(servers, call, `version ${to}`);
  const save = () => Promise.reject(new FreeholdError('A version that a server has is not sent.'));
  const deploy: Deploy = {
    ...{ checkout: findCheckout(env, signal), config: configFolder(env), files: '', save },
    version: { version: to, images: [] },
  };
  await onEachServer(servers, call, (one) => deployServer(one, rollBackSteps, deploy));
}

const usage = (reason: string) => new FreeholdError(reason, { code: 'usage' });

async function predict(servers: readonly string[], call: Call, version: string): Promise<void> {
  const read = 'sed -n "s/^FREEHOLD_VERSION=//p" /etc/freehold/host.env 2>/dev/null || true';
  await onEachServer(servers, call, async ({ connection, report }) => {
    const used = (await callServer(connection, ['bash', '-c', read])).output.trim();
    report(
      `Would switch from ${used === '' ? 'no version' : `version ${used}`} to ${version}. Nothing was changed.`,
    );
  });
}
