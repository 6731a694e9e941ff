// A small separate disk below the host's /data/runtime/postfix, to be filled up.
import { shell } from './host.ts';

const stop = 'systemctl stop postfix postfix-config';
const start = 'systemctl start postfix';

/**
 * Moves the folder to a disk of 100 MB, with all its content, or all but the queue. Postfix requires free
 * space of one and a half times its largest message, 75 MB.
 */
export async function ownDisk({ withQueue }: { withQueue: boolean }): Promise<void> {
  await shell(
    `${stop}
    mkdir -p /run/postfix-real
    mount --bind /data/runtime/postfix /run/postfix-real
    mount -t tmpfs -o size=100m,mode=755 tmpfs /data/runtime/postfix
    chown --reference=/run/postfix-real /data/runtime/postfix
    tar -C /run/postfix-real --exclude=./queue -c . | tar -C /data/runtime/postfix -xp
    mkdir -p /data/runtime/postfix/queue
    [ "$1" = true ] || mount --bind /run/postfix-real/queue /data/runtime/postfix/queue
    ${start}`,
    String(withQueue),
  );
}

/** Until not a single byte can be written. */
export async function fillDisk(): Promise<void> {
  await shell('dd if=/dev/zero of=/data/runtime/postfix/filler bs=64k 2>/dev/null || true');
}

export async function freeDisk(): Promise<void> {
  await shell('rm /data/runtime/postfix/filler');
}

/** The folder is the host's own again, unchanged. */
export async function takeDiskAway(): Promise<void> {
  await shell(`
    mountpoint -q /run/postfix-real || exit 0
    ${stop}
    ! mountpoint -q /data/runtime/postfix/queue || umount /data/runtime/postfix/queue
    umount /data/runtime/postfix /run/postfix-real
    ${start}`);
}
