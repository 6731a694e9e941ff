# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Unpacks the root filesystems of the images whose programs run without a container: systemd runs discovery and
# the checks of gitpuller, and a person the command freehold (cli). Part of setup.sh.

programs=/var/lib/freehold/programs
unpacked=(discovery gitpuller cli)

image_id() { docker image inspect --format '{{.Id}}' "$1" | sed 's/^sha256://' | cut -c 1-12; }

# unpack_image PROGRAM FOLDER ID: the image with that id, completely or not at all. Node keeps its compile cache in /var/cache/node.
unpack_image() {
  local container code=0
  rm -rf "$2.new"
  mkdir -p "$2.new"
  container=$(docker create --pull never "$3")
  docker export "$container" | tar --extract --directory "$2.new" --numeric-owner --exclude 'dev/*' || code=$?
  docker rm "$container" >/dev/null
  [ "$code" = 0 ] || fail "Cannot unpack the program $1 to $2."
  mkdir -p "$2.new/var/cache/node" "$2.new/run" "$2.new/tmp" "$2.new/data"
  # Docker's own files, as in a container: for gitpuller, which runs in a site's network.
  echo nameserver 127.0.0.11 >"$2.new/etc/resolv.conf"
  NODE_COMPILE_CACHE=/var/cache/node chroot "$2.new" /usr/bin/node --single-threaded "/$1.mjs" --help >/dev/null
  chmod -R a+rX "$2.new/var/cache/node"
  echo "$3" >"$2.new/image"
  sync --file-system "$2.new"
  mv --no-target-directory "$2.new" "$2"
}

# The image from which a program's folder was unpacked.
image_of() { cat "$programs/$1/image" 2>/dev/null || true; }

# systemd accepts only users with an entry on the host, even by number. An existing entry with this number may have any name.
ensure_user() {
  getent passwd "$1" >/dev/null && return
  getent group "$1" >/dev/null || change groupadd --gid "$1" "$2"
  change useradd --uid "$1" --gid "$1" --no-create-home --home-dir / --shell /usr/sbin/nologin --comment "$3" "$2"
}

# Folders of images that Docker still has stay for a roll-back.
remove_unused_programs() {
  local folder name kept
  for folder in "$programs/"*-*; do
    [ -d "$folder" ] || continue
    name=${folder##*/}
    kept=$(docker image ls --quiet --no-trunc "freehold/${name%-*}" | sed 's/^sha256://' | cut -c 1-12)
    grep --quiet --line-regexp --fixed-strings "${name##*-}" <<<"$kept" || rm -rf "$folder"
  done
}

# use_program NAME ID: by renames, since systemd 252 accepts no symbolic link as a root folder. A running program stays at its
# previous version; the next call starts this one.
use_program() {
  local before
  before=$(image_of "$1")
  [ -z "$before" ] || mv --no-target-directory "$programs/$1" "$programs/$1-$before"
  mv --no-target-directory "$programs/$1-$2" "$programs/$1"
  systemctl stop "$1.service" 2>/dev/null || true
  # The next pull of each site rewrites the notes for its checks.
  [ "$1" != gitpuller ] || rm -f /data/runtime/domains/*/static-git/check/expected
}

make_users() {
  ensure_user 10001 freehold "Programs of freehold"
  ensure_user 10003 freehold-git "Pulls of freehold"
}

unpack_programs() {
  local name id new=()
  mkdir -p "$programs"
  for name in "${unpacked[@]}"; do
    # With --edge-only, some are missing.
    id=$(image_id "freehold/$name" 2>/dev/null) || continue
    [ "$(image_of "$name")" != "$id" ] || continue
    if [ ! -d "$programs/$name-$id" ]; then unpack_image "$name" "$programs/$name-$id" "$id"; fi
    use_program "$name" "$id"
    new+=("$name")
  done
  remove_unused_programs
  if [ ${#new[@]} -gt 0 ]; then
    # Node is the same file in each version: once is enough.
    hardlink --ignore-time "$programs" >/dev/null 2>&1 || true
    say "Programs unpacked: ${new[*]}. All versions take $(du --summarize --human-readable "$programs" | cut -f 1) in $programs."
  else
    say "Programs: up to date."
  fi
}
