#!/usr/bin/env bash
# Unpacks the root filesystems of the images whose programs run without a container, if the images have changed, and removes
# those that no version uses. scripts/setup.sh does the same; scripts/setup.sh --print calls this.
#
#   scripts/host/unpack-programs.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../setup/programs.sh
source "$here/setup/programs.sh"

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 0 ] || refuse "Unexpected argument '$1'. See 'unpack-programs.sh --help'."
  need_root
  unpack_programs
}

main "$@"
