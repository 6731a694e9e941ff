// The names of sites that are due are looked at side by side, since one whose DNS or server is slow may take half a minute.
// Orders are made one after the other, in the order of service as far as it is known that they would succeed.
import { sleep } from '@freehold/core/backoff';
import type { Domain } from '@freehold/core/domain';
import type { Choice } from './choose-names.ts';
import type { Context } from './context.ts';
import { lookAtNames } from './look-at-names.ts';
import type { Task } from './plan.ts';

/** So many sites are looked at side by side. */
const atOnce = 10;
/** So long a look may take, in milliseconds, before sites behind it are served first. */
const patienceMs = 5000;
/** What was seen counts for so long, in milliseconds. */
const freshMs = 120_000;

export interface Looks {
  /** The first of some tasks, in their order, of which it is known what to do. There has to be one task at least. */
  first(due: readonly Task[]): Promise<Task>;
  /** What was seen of a site's names. @throws what hindered the look. */
  take(task: Task): Promise<Choice>;
}

interface Look {
  readonly begun: number;
  readonly result: Promise<Choice>;
  isDone: boolean;
}

export function createLooks(context: Context): Looks {
  const looks = new Map<Domain, Look>();

  function lookAt({ site }: Task): Look {
    const before = looks.get(site.domain);
    if (before && Date.now() - before.begun < freshMs) return before;
    const look: Look = { begun: Date.now(), result: see(context, site), isDone: false };
    const done = () => {
      look.isDone = true;
    };
    look.result.then(done, done);
    looks.set(site.domain, look);
    return look;
  }

  return {
    async first(due) {
      for (;;) {
        const near = due.slice(0, atOnce).map((task) => ({ task, look: needsLook(task) && lookAt(task) }));
        const [next] = near.filter(({ look }) => !look || look.isDone || ageOf(look) < patienceMs);
        if (next && (!next.look || next.look.isDone)) return next.task;
        const pending = near.flatMap(({ look }) => (look && !look.isDone ? [look] : []));
        const changes: Promise<unknown>[] = pending.map(({ result }) => result.catch(() => undefined));
        if (next?.look) changes.push(sleep(patienceMs - ageOf(next.look)));
        await Promise.race(changes);
        context.signal.throwIfAborted();
      }
    },
    take: (task) => lookAt(task).result,
  };
}

const ageOf = ({ begun }: Look): number => Date.now() - begun;

const needsLook = ({ kind }: Task): boolean => kind !== 'continue';

async function see(context: Context, site: Task['site']): Promise<Choice> {
  const ca = await context.connect(context.settings.directory);
  return lookAtNames(context, site, { identities: ca.directory.meta?.caaIdentities });
}
