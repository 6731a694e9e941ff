#!/usr/bin/env bash
# The rest of scripts/try.sh, which starts it in the background: builds the images that the first page did not need, loads
# them into the throw-away host, and finishes its setup there.
#
#   scripts/try/finish.sh NAME FILES      NAME: the host; FILES: where it keeps FILES.lock, FILES.pid and FILES.finished
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../setup/images.sh
source "$here/../setup/images.sh"

# Shows units in the host that images are being loaded (host/await-image.sh). Docker ends this when this script ends,
# however that happens, as it closes the standard input.
announce_images() {
  coproc docker exec --interactive "$1" sh -c \
    'mkdir -p /run/freehold && exec flock /run/freehold/images.lock cat' >/dev/null 2>&1
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Arguments required: NAME FILES. See 'finish.sh --help'."
  local host=$1 files=$2
  exec 9>"$files.lock"
  flock 9
  echo $$ >"$files.pid"
  announce_images "$host"
  "$here/../build-images.sh" --no-sizes "${images[@]}"
  "$here/../throwaway-copy.sh" "$host" --set-up
  : >"$files.finished"
  say "Ready: mail and these apps can be used in $host: ${site_apps[*]}."
}

main "$@"
