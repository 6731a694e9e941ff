import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';

/** Where everything of one domain's git site is. */
export interface Layout {
  readonly domain: Domain;
  readonly data: string;
  /** What belongs to the site's owner: GITURL, key, known_hosts, WEBHOOK_SECRET. */
  readonly home: string;
  /** All that is written, and can be made again. */
  readonly base: string;
  readonly repository: string;
  /** A repository in the making, for one that cannot be used any more. */
  readonly remade: string;
  /** A bare repository for each submodule, kept from one commit to the next. */
  readonly submodules: string;
  readonly worktrees: string;
  /** A symbolic link to the worktree that visitors see. */
  readonly served: string;
  /** The same to the one that they saw before. */
  readonly previous: string;
  readonly lock: string;
  readonly refused: string;
  /** The commit that cannot be published, and why. */
  readonly failed: string;
  /** There exactly while the domain has a good WEBHOOK_SECRET. */
  readonly webhook: string;
  /** What tells an unchanged site without a pull: see note-check.ts. */
  readonly check: string;
}

export function layoutOf(data: string, domain: Domain): Layout {
  const base = join(data, 'runtime/domains', domain, 'static-git');
  return {
    domain,
    data,
    home: join(data, 'domains', domain, 'static-git'),
    base,
    repository: join(base, 'repository.git'),
    remade: join(base, 'repository.new.git'),
    submodules: join(base, 'submodules'),
    worktrees: join(base, 'worktrees'),
    served: join(base, 'www-content'),
    previous: join(base, 'previous'),
    lock: join(base, 'lock'),
    refused: join(base, 'rolled-back'),
    failed: join(base, 'failed-commit'),
    webhook: join(base, 'webhook'),
    check: join(base, 'check'),
  };
}
