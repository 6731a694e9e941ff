// Finds a site's backend in the output of `docker inspect`. An image or an operator can set labels and names
// freely, so a container that does not match the domain is refused.
import type { Domain } from '@freehold/core/domain';
import { FreeholdError, reasonOf } from '@freehold/core/error';
import { check, parseJson } from '@freehold/core/service-record';
import * as v from 'valibot';
import { type Backend, parseBackend } from './backend.ts';

// https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect
const network = v.object({
  IPAddress: v.optional(v.string(), ''),
  GlobalIPv6Address: v.optional(v.string(), ''),
});
const container = v.object({
  Name: v.pipe(v.string(), v.maxLength(300)),
  Config: v.object({
    Labels: v.nullish(v.record(v.string(), v.string()), {}),
    ExposedPorts: v.nullish(v.record(v.string(), v.unknown()), {}),
  }),
  NetworkSettings: v.object({ Networks: v.nullish(v.record(v.string(), network), {}) }),
});
type Container = v.InferOutput<typeof container>;

/** The network that all sites share. A container on several networks is reached through this one. */
const sitesNetwork = 'freehold';

/**
 * Finds the one running container of a domain in the JSON array that `docker inspect` prints.
 *
 * @throws FreeholdError stating what does not match, or that no container of the domain is running.
 */
export function readInspect(text: string, domain: Domain): Backend {
  const fault = (why: string) =>
    new FreeholdError(`Cannot announce ${domain} from the output of docker inspect: ${why}.`);
  if (text.trim() === '') throw fault(`it is empty, so no container of ${domain} is running`);
  const containers = parseContainers(text, fault);
  const named = containers.map((found) => ({ found, app: appOf(found, domain, fault) }));
  const running = named
    .map(({ found, app }) => ({ found, app, ip: ipOf(found, fault) }))
    .filter(({ ip }) => ip !== '');
  const names = (list: readonly { app: string }[]) => list.map(({ app }) => `${app}_${domain}`).join(' and ');
  if (named.length === 0) throw fault(`it contains no container, so none of ${domain} is running`);
  if (running.length > 1) throw fault(`${names(running)} are both running, and one domain has one site`);
  const [one] = running;
  if (one === undefined) throw fault(`${names(named)} is not running: it has no address`);
  try {
    return parseBackend({ app: one.app, address: one.ip, port: portOf(one.found) }, domain);
  } catch (error) {
    throw fault(`${names([one])}: ${reasonOf(error)}`);
  }
}

type Fault = (why: string) => FreeholdError;

function parseContainers(text: string, fault: Fault): Container[] {
  try {
    return check(v.pipe(v.array(container), v.maxLength(20)), parseJson(text));
  } catch (error) {
    throw fault(reasonOf(error));
  }
}

/** The name and both labels must agree. */
function appOf({ Name, Config }: Container, domain: Domain, fault: Fault): string {
  const name = JSON.stringify(Name.replace(/^\//, ''));
  const app = Config.Labels['freehold.app'] ?? '';
  const site = Config.Labels['freehold.site'] ?? '';
  if (site !== domain) {
    throw fault(`the container ${name} has the label freehold.site=${JSON.stringify(site)}`);
  }
  if (app === '') throw fault(`the container ${name} has no label freehold.app`);
  // For one release: a container that the previous release started still has the old name.
  if (Name !== `/${app}_${domain}` && Name !== `/${app}-${domain}`) {
    throw fault(`the container ${name} must have the name ${JSON.stringify(`${app}_${domain}`)}`);
  }
  return app;
}

/** Empty if the container has no address, for example because it is not running. */
function ipOf({ Name, NetworkSettings }: Container, fault: Fault): string {
  const networks = NetworkSettings.Networks;
  const all = Object.values(networks);
  const chosen = Object.hasOwn(networks, sitesNetwork) ? networks[sitesNetwork] : all[0];
  if (chosen === undefined) return '';
  if (all.length > 1 && chosen !== networks[sitesNetwork]) {
    throw fault(
      `the container ${JSON.stringify(Name.slice(1))} is on ${all.length} networks, none of which is 'freehold'`,
    );
  }
  return chosen.IPAddress || chosen.GlobalIPv6Address;
}

function portOf({ Config }: Container): string {
  const label = Config.Labels['freehold.port'];
  if (label !== undefined) return label;
  const ports = Object.keys(Config.ExposedPorts).flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? []);
  if (ports.length !== 1) {
    throw new FreeholdError(
      `it exposes ${ports.length} TCP ports, so the label freehold.port must select one`,
    );
  }
  return ports[0] as string;
}
