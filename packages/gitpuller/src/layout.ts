import { join } from 'node:path';
import type { Domain } from '@freehold/core/domain';

/** The paths of a domain's git site. */
export interface Layout {
  readonly domain: Domain;
  readonly data: string;
  /** The site owner's files: GITURL, key, known_hosts, WEBHOOK_SECRET. */
  readonly home: string;
  /** Everything that gitpuller writes, and that can be recreated. */
  readonly base: string;
  readonly repository: string;
  /** A new repository under construction, which replaces an unusable one. */
  readonly remade: string;
  /** A bare repository for each submodule, kept between commits. */
  readonly submodules: string;
  readonly worktrees: string;
  /** A symbolic link to the worktree that visitors see. */
  readonly served: string;
  /** A symbolic link to the worktree that they saw before. */
  readonly previous: string;
  readonly lock: string;
  readonly refused: string;
  /** The commit that cannot be published, and the reason. */
  readonly failed: string;
  /** Exists while the domain has a valid WEBHOOK_SECRET. */
  readonly webhook: string;
  /** Identifies an unchanged site without a pull: see note-check.ts. */
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
