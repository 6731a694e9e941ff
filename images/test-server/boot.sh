#!/bin/sh
# Replaces a machine's boot loader and initrd: makes Docker's read-only mounts writable, gives this start its
# own boot id (a container would see the machine's, the same at each start), and starts systemd.
set -eu

make_writable() {
  for folder in /sys/fs/cgroup/*; do
    if mountpoint -q "$folder"; then mount -o remount,bind,rw "$folder"; fi
  done
  mount -o remount,bind,rw /sys/fs/cgroup
  mount -o remount,bind,rw /proc/sys
}

give_boot_id() {
  cat /proc/sys/kernel/random/uuid > /run/boot-id
  chmod 444 /run/boot-id
  mount --bind /run/boot-id /proc/sys/kernel/random/boot_id
}

make_writable
give_boot_id
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
exec /sbin/init
