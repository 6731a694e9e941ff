// Replaces images on the control machine, as a newer commit would.
import { fromControlMachine } from './servers.ts';

/**
 * Builds another image of this name, based on the original one; `broken.mjs` and `blind.mjs` are available to
 * be copied.
 */
export async function makeImage(name: string, ...lines: string[]): Promise<void> {
  await fromControlMachine(
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

/** Restores the original images. */
export const keepImages = () =>
  fromControlMachine(
    'for name in confd haproxy postfix static; do docker tag freehold/$name:kept freehold/$name:latest 2>/dev/null || true; done',
  );
