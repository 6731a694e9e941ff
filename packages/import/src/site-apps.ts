// Determines the site app for which a domain is prepared: its unit is the register, so there is no other
// list.
import { type Domain, parseDomain } from '@freehold/core/domain';
import { FreeholdError } from '@freehold/core/error';
import { allApps } from './all-apps.ts';
import type { App } from './apps/app.ts';

/** Every app that serves a domain, and how it is prepared. */
const siteApps: ReadonlyMap<string, App> = new Map(allApps.map((app) => [app.name, app]));

/**
 * The site apps of a domain among the names of units, e.g. `static@example.com.service`; without one, the app
 * that a supporting unit (`mysql@`) belongs to, as for a dump of a stopped site. Units of other kinds or
 * domains are ignored.
 */
export function findRequiredApps(unitNames: string, domain: Domain): string[] {
  const names = unitNames.split(/\s+/).flatMap((unit) => {
    const [, name, instance] = /^([a-z][a-z0-9-]*)@(.+)\.service$/.exec(unit) ?? [];
    return name !== undefined && sameDomain(instance ?? '', domain) ? [name] : [];
  });
  const apps = names.filter((name) => siteApps.has(name));
  return [...new Set(apps.length > 0 ? apps : names.flatMap(appsServedBy))];
}

const appsServedBy = (servant: string): string[] =>
  allApps.filter(({ servants }) => servants?.includes(servant)).map(({ name }) => name);

function sameDomain(name: string, domain: Domain): boolean {
  try {
    return parseDomain(name) === domain;
  } catch {
    return false;
  }
}

/** @throws FreeholdError unless exactly one known app is found. */
export function chooseApp(names: readonly string[], domain: Domain): App {
  const [name, second] = [...new Set(names)];
  if (name === undefined) {
    throw new FreeholdError(
      `No site needs the data of ${domain}: none of ${list([...siteApps.keys()], 'or')} requires it.`,
    );
  }
  const unknown = names.find((one) => !siteApps.has(one));
  if (unknown !== undefined) {
    const known = list([...siteApps.keys()], 'and');
    throw new FreeholdError(`Unknown site app ${JSON.stringify(unknown)}; the known ones are ${known}.`, {
      code: 'usage',
    });
  }
  if (second !== undefined) {
    const units = list(
      [...new Set(names)].map((one) => `${one}@${domain}`),
      'and',
    );
    throw new FreeholdError(
      `${units} were all requested, but one domain has one site. Disable all but one of them.`,
    );
  }
  return siteApps.get(name) as App;
}

function list(names: readonly string[], word: string): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(` ${word} `);
}
