// Most changes need no reload. The running worker is told through its socket: addresses are set, the
// names of a new site are mapped to one of the spare backends that every configuration has, those of
// a removed one are taken out of the map. The next reload gives each site a backend of its own name.
import { type Domain, namesOf } from '@freehold/core/domain';
import type { Address } from '@freehold/core/service-record';
import type { Haproxy } from './haproxy-socket.ts';
import { spareNames, spareServer } from './render-haproxy-cfg.ts';
import { backupServer, localBackend } from './render-site.ts';
import { isElsewhere, isShared, type Site, type Sites } from './site.ts';

/** Commands to the worker, and what is to be the case after them. */
export interface LivePlan {
  readonly commands: readonly string[];
  readonly expected: readonly Expected[];
  /** Spare backends that it takes, and sites that leave theirs. */
  readonly spares: ReadonlyMap<Domain, string>;
  readonly gone: readonly Domain[];
}

interface Expected {
  readonly host: string;
  /** Its checks are those of another server. */
  readonly tracks: boolean;
  readonly backend: string;
  readonly server: string;
  readonly address?: Address | undefined;
}

/** With more servers to set than this, one reload is less work. */
const most = 100;

/** Follows one worker from reload to reload. `map` is the path by which HAProxy knows hosts.map. */
export function createLiveUpdater(haproxy: Haproxy, map: string) {
  let taken = new Map<Domain, string>();

  /** How to get from one state to the other without a reload, or undefined where it takes one. */
  function plan(before: Sites, after: Sites): LivePlan | undefined {
    const commands: string[] = [];
    const expected: Expected[] = [];
    const spares = new Map<Domain, string>();
    const free = spareNames.filter((name) => ![...taken.values()].includes(name));
    for (const [domain, site] of after) {
      const past = before.get(domain);
      if (past === site) continue;
      if (past) {
        if (!differsInAddressesOnly(past, site)) return undefined;
        expected.push(...serversOf(site, taken.get(domain)).filter(({ host }) => hasMoved(past, site, host)));
        continue;
      }
      const spare = free.shift();
      if (!spare || !fitsSpare(site, before, after)) return undefined;
      spares.set(domain, spare);
      expected.push(...serversOf(site, spare));
      commands.push(...[...namesOf(domain)].map((name) => `add map ${map} ${name} ${spare}`));
      // The check of a spare backend finds its Host by this.
      commands.push(`add map ${map} ${spare} ${domain}`);
    }
    const gone = [...before.keys()].filter((domain) => !after.has(domain));
    for (const domain of gone) {
      const site = before.get(domain);
      if (!site || site.certificate || isElsewhere(site) || sharesNames(domain, before)) return undefined;
      const spare = taken.get(domain);
      if (spare) commands.push(`del map ${map} ${spare}`);
      commands.push(...[...namesOf(domain)].map((name) => `del map ${map} ${name}`));
      expected.push(...serversOf(withoutAddresses(site), taken.get(domain)));
    }
    return expected.length > most ? undefined : { commands, expected, spares, gone };
  }

  /** Tells the worker, then looks whether it has done so; false means: reload instead. */
  async function carryOut({ commands, expected, spares, gone }: LivePlan): Promise<boolean> {
    try {
      await haproxy.command(expected.flatMap(commandsFor));
      // A map command answers with words only if it failed.
      if (commands.length > 0 && (await haproxy.command(commands)).trim() !== '') return false;
      const backends = [...new Set(expected.map(({ backend }) => backend))];
      const state = await haproxy.command(backends.map((name) => `show servers state ${name}`));
      const servers = readServersState(state);
      for (const domain of gone) taken.delete(domain);
      for (const [domain, spare] of spares) taken.set(domain, spare);
      return expected.every((one) => isInForce(servers.get(`${one.backend}/${one.server}`), one));
    } catch {
      return false;
    }
  }

  return {
    plan,
    carryOut,
    /** After a reload each site has a backend of its own, and all spares are free. */
    reset() {
      taken = new Map();
    },
    /** Whether every site has a backend of its own. */
    isTidy: () => taken.size === 0,
  };
}

function differsInAddressesOnly(one: Site, other: Site): boolean {
  return (
    one.certificate?.fingerprint === other.certificate?.fingerprint &&
    one.backends.length === other.backends.length &&
    one.backends.every(({ host }, index) => host === other.backends[index]?.host)
  );
}

function hasMoved(past: Site, site: Site, name: string): boolean {
  const [one, other] = [past, site].map(
    ({ backends }) => backends.find(({ host }) => host === name)?.address,
  );
  return one?.ip !== other?.ip || one?.port !== other?.port;
}

function fitsSpare(site: Site, before: Sites, after: Sites): boolean {
  if (isElsewhere(site)) return false;
  return !site.certificate && site.backends.length === 1 && !sharesNames(site.domain, before, after);
}

/** Whether a site's `www.` name is another site's own, or its own is another's `www.` name. */
function sharesNames(domain: Domain, ...all: Sites[]): boolean {
  const [, www] = namesOf(domain);
  return domain.startsWith('www.') || all.some((sites) => sites.has(www));
}

function withoutAddresses(site: Site): Site {
  return { ...site, backends: site.backends.map(({ address: _, ...rest }) => rest) };
}

/** All servers of a site, as render-site.ts writes them. */
function serversOf(site: Site, spare: string | undefined): Expected[] {
  const { domain, backends } = site;
  const [backend, server] = spare ? [spare, spareServer] : [domain, undefined];
  return backends.flatMap(({ host, address, remote }) => {
    const one = { host, backend, server: server ?? host, address, tracks: false };
    if (!isShared(site)) return [{ ...one, tracks: remote === true }];
    const backup = { ...one, server: backupServer(host), tracks: true };
    return remote ? [one, backup] : [one, { ...one, backend: localBackend(domain) }, backup];
  });
}

function commandsFor({ backend, server, address, tracks }: Expected): string[] {
  const name = `${backend}/${server}`;
  if (!address) return [`set server ${name} state maint`];
  return [
    `set server ${name} addr ${address.ip} port ${address.port}`,
    ...(tracks ? [] : [`set server ${name} health up`]),
    `set server ${name} state ready`,
  ];
}

interface ServerState {
  readonly ip: string;
  readonly port: number;
  readonly maintenance: boolean;
}

/** Columns of `show servers state`, version 1: 2 be_name, 4 srv_name, 5 srv_addr, 7 srv_admin_state, 19 srv_port. */
export function readServersState(text: string): Map<string, ServerState> {
  const states = new Map<string, ServerState>();
  for (const line of text.split('\n')) {
    const columns = line.split(' ');
    const [, backend, , server, ip, , admin] = columns;
    const port = Number(columns[18]);
    if (columns.length < 19 || ip === undefined || line.startsWith('#')) continue;
    // Bit 0 of the admin state is maintenance asked for by the administrator.
    states.set(`${backend}/${server}`, { ip, port, maintenance: (Number(admin) & 1) === 1 });
  }
  return states;
}

function isInForce(state: ServerState | undefined, { address }: Expected): boolean {
  if (!state) return false;
  if (!address) return state.maintenance;
  return !state.maintenance && state.ip === address.ip && state.port === address.port;
}
