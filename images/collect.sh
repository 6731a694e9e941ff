#!/bin/sh
# Lays a small root filesystem at /rootfs: the programs named as arguments with the shared libraries that they load,
# and the few files without which a C library cannot look up a user or a host. Used by images that start FROM scratch.
# An argument that is a folder or no program is copied as it is.
set -eu

rootfs=/rootfs

make_folders() {
  mkdir -p "$rootfs/etc" "$rootfs/tmp" "$rootfs/run" "$rootfs/usr/bin" "$rootfs/usr/sbin" "$rootfs/usr/lib" "$rootfs/usr/lib64"
  chmod 1777 "$rootfs/tmp"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$rootfs/$name"; done
}

write_names() {
  printf '%s\n' \
    'root:x:0:0:root:/:/bin/false' \
    'freehold:x:10001:10001:freehold:/:/bin/false' \
    'site:x:10002:10002:site:/:/bin/false' \
    'git:x:10003:10003:git:/tmp:/bin/false' \
    'mysql:x:10004:10004:mysql:/tmp:/bin/false' \
    'nobody:x:65534:65534:nobody:/:/bin/false' > "$rootfs/etc/passwd"
  printf '%s\n' 'root:x:0:' 'freehold:x:10001:' 'site:x:10002:' 'git:x:10003:' 'mysql:x:10004:' 'nogroup:x:65534:' > "$rootfs/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' > "$rootfs/etc/nsswitch.conf"
}

copy() {
  mkdir -p "$rootfs$(dirname "$1")"
  cp -RL "$1" "$rootfs$1"
}

libraries_of() {
  ldd "$1" 2>/dev/null | tr -s '[:blank:]' '\n' | grep '^/' || true
}

make_folders
write_names
for path; do
  copy "$path"
  if [ ! -d "$path" ]; then
    for library in $(libraries_of "$path"); do
      [ -e "$rootfs$library" ] || copy "$library"
    done
  fi
done
