#!/usr/bin/env bash
# Lists the versions of freehold that this host has, the newest first, and which is in use.
#
#   scripts/host/list-versions.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$here/versions.sh"

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  local version used
  used=$(setting FREEHOLD_VERSION)
  for version in $(list_versions); do
    if [ "$version" = "$used" ]; then echo "$version (in use)"; else echo "$version"; fi
  done
}

main "$@"
