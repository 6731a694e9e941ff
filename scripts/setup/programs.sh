# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The programs that run once and end: systemd runs them from the root filesystems of their images, which are unpacked
# here, as a container for each run would cost more than the program. A part of setup.sh.

programs=/var/lib/freehold/programs
run_once=(discovery import)

image_id() { docker image inspect --format '{{.Id}}' "$1" | sed 's/^sha256://' | cut -c 1-12; }

# unpack_image IMAGE FOLDER: whole or not at all. Node keeps what it has compiled in /var/cache/node.
unpack_image() {
  local container
  rm -rf "$2.new"
  mkdir -p "$2.new"
  container=$(docker create --pull never "freehold/$1")
  docker export "$container" | tar --extract --directory "$2.new" --numeric-owner --exclude 'dev/*'
  docker rm "$container" >/dev/null
  mkdir -p "$2.new/var/cache/node" "$2.new/data" "$2.new/run" "$2.new/tmp"
  NODE_COMPILE_CACHE=/var/cache/node chroot "$2.new" /usr/bin/node --single-threaded "/$1.mjs" --help >/dev/null
  chmod -R a+rX "$2.new/var/cache/node"
  sync --file-system "$2.new"
  mv --no-target-directory "$2.new" "$2"
}

# systemd takes no user that the host has no entry for, not even by number. One that has the number already may have any name.
ensure_user() {
  getent passwd "$1" >/dev/null && return
  getent group "$1" >/dev/null || groupadd --gid "$1" "$2"
  useradd --uid "$1" --gid "$1" --no-create-home --home-dir / --shell /usr/sbin/nologin --comment "$3" "$2"
}

# Those of images that Docker still has stay for a roll-back.
remove_unused_programs() {
  local folder name kept
  for folder in "$programs/"*-*; do
    if [ ! -d "$folder" ] || [ -L "$folder" ]; then continue; fi
    name=${folder##*/}
    kept=$(docker image ls --quiet --no-trunc "freehold/${name%-*}" | sed 's/^sha256://' | cut -c 1-12)
    grep --quiet --line-regexp --fixed-strings "${name##*-}" <<<"$kept" || rm -rf "$folder"
  done
}

# Node is the same file in each: hardlink keeps it once.
unpack_programs() {
  local name folder new=()
  ensure_user 10001 freehold "Programs of freehold"
  mkdir -p "$programs"
  for name in "${run_once[@]}"; do
    folder=$programs/$name-$(image_id "freehold/$name")
    if [ ! -d "$folder" ]; then
      unpack_image "$name" "$folder"
      new+=("$name")
    fi
    [ "$(readlink "$programs/$name")" != "${folder##*/}" ] || continue
    ln --symbolic --force --no-dereference "${folder##*/}" "$programs/.$name"
    mv --no-target-directory "$programs/.$name" "$programs/$name"
    # The one that runs is of the version before; the next call starts this one.
    if [ "$name" = discovery ]; then systemctl stop discovery.service 2>/dev/null || true; fi
  done
  remove_unused_programs
  if [ ${#new[@]} -gt 0 ]; then
    hardlink --ignore-time "$programs" >/dev/null 2>&1 || true
    say "Programs unpacked: ${new[*]}. All take $(du --summarize --human-readable "$programs" | cut -f 1) in $programs."
  else
    say "Programs: all are unpacked."
  fi
}
