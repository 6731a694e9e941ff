// The removal of a site from a host, operation by operation. Killed between any two of them, the next run completes it.

/** One change; each either succeeds or ends the run. */
export type RemovalOperation =
  /** Units that are a site. */
  | 'stop-site'
  /** Units around it, such as its database. */
  | 'stop-units'
  /** If there is one. */
  | 'dump-database'
  | 'remove-containers'
  /** Its name answers 404 then, unless another host has it too. */
  | 'withdraw'
  /** What can be recreated, the database among it. */
  | 'delete-runtime'
  /** What belongs to the site's owner. */
  | 'delete-data'
  /** Visitors of this host are shown its certificate as long as another host has the site. */
  | 'leave-edge';

/**
 * The operations of a run. Nobody writes to the database any more when it is dumped, and it is deleted only after its dump is
 * complete.
 */
export function planRemoval(deletesData: boolean): RemovalOperation[] {
  return [
    'stop-site',
    'stop-units',
    ...(deletesData ? [] : ['dump-database' as const]),
    'remove-containers',
    'withdraw',
    'delete-runtime',
    ...(deletesData ? ['delete-data' as const] : []),
    'leave-edge',
  ];
}

/** The units around a site, in the order in which they are stopped; `templates` are those that apps declare. */
export function unitsAround(domain: string, templates: readonly string[]): string[] {
  const own = ['discovery@', 'import@', 'certificate@.path', 'certificate@', 'retry-on-change@.path'];
  const others = ['dump@.timer', 'dump@', 'acme@'];
  const names = [...templates, ...own, ...others].map((template) => template.replace('@', `@${domain}`));
  return [...new Set(names)];
}
