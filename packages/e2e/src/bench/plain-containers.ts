// Containers as a site's unit runs them, but without the unit: what Docker alone costs.
import { shell } from '../host.ts';

const command =
  'docker run --detach --network freehold --sysctl net.ipv4.ip_unprivileged_port_start=0 --read-only --tmpfs /tmp:size=16m --cap-drop ALL --security-opt no-new-privileges --memory 64m --pids-limit 64 --label bench --env DOMAIN=a.test';

/** Starts so many, one after another. @param options of `docker run`. */
export function runPlain(count: number, options = ''): Promise<string> {
  return shell(`for i in {1..${count}}; do ${command} ${options} freehold/static; done`);
}

/** How many of them run. */
export async function countPlain(): Promise<number> {
  return Number(await shell('docker ps --quiet --filter label=bench | wc -l'));
}

export function removePlain(): Promise<string> {
  return shell(
    'docker ps --all --quiet --filter label=bench | xargs --no-run-if-empty docker rm --force >/dev/null',
  );
}
