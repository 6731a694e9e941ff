// Other images on the jump box than those it came with, as a newer commit would make them.
import { fromJumpBox } from './servers.ts';

/** Makes another image of that name, of the one that was there first; `broken.mjs` and `blind.mjs` are there to be copied. */
export async function makeImage(name: string, ...lines: string[]): Promise<void> {
  await fromJumpBox(
    `name=freehold/$1; shift
     docker image inspect $name:kept >/dev/null 2>&1 || docker tag $name:latest $name:kept
     mkdir -p /tmp/newer; echo "console.error('<3>broken on purpose'); process.exit(1);" >/tmp/newer/broken.mjs
     echo "process.env.FREEHOLD_BOOT_ID = '0'; await import('/real.mjs');" >/tmp/newer/blind.mjs
     printf '%s\\n' "FROM $name:kept" "$@" >/tmp/newer/Dockerfile
     docker build --quiet --tag $name:latest /tmp/newer 2>/dev/null`,
    name,
    ...lines,
  );
}

/** Those that were there first are the latest again. */
export const keepImages = () =>
  fromJumpBox(
    'for name in confd haproxy postfix static; do docker tag freehold/$name:kept freehold/$name:latest 2>/dev/null || true; done',
  );
