#!/bin/sh
# Waits for one of freehold's images while it is being built or loaded for this host; fails and explains if it is missing
# for good. Units run it first whose image a host may get later than others (scripts/setup.sh --edge-only).
#
#   await-image.sh NAME
#
# Images are on their way as long as a process holds a lock on /run/freehold/images.lock, as scripts/try.sh does.
set -eu

lock=/run/freehold/images.lock

# Docker's socket is asked directly, which takes 10 ms. What else may be wrong, `docker run` reports.
is_missing() {
  [ "$(curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' --unix-socket /run/docker.sock \
    "http://docker/images/freehold/$1/json")" = 404 ]
}

is_on_its_way() { [ -e "$lock" ] && ! flock --nonblock "$lock" true; }

main() {
  is_missing "$1" || return 0
  if is_on_its_way; then echo "Waiting for the image freehold/$1, which is being built or loaded."; fi
  while is_on_its_way; do
    sleep 2
    is_missing "$1" || return 0
  done
  # It may have come with the last look at the lock.
  is_missing "$1" || return 0
  echo "<3>Cannot start this: Docker here has no image freehold/$1. Load it with 'scripts/setup.sh HOSTNAME --images FILE'," \
    "or build it with 'scripts/build-images.sh $1'." >&2
  return 1
}

case "${1:-}" in
  --help) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0" ;;
  '') echo "Missing argument: NAME. See 'await-image.sh --help'." >&2; exit 2 ;;
  *) main "$1" ;;
esac
