#!/usr/bin/env bash
# Makes a version that this host has the one in use: its images become the latest, /opt/freehold leads to its files,
# its setup.sh runs. If a program fails to start, or a site is not served any more, it rolls back to the previous version.
# Sites go on all along. The work is done by the command freehold of this script's version (packages/cli/src/deploy).
#
#   scripts/host/switch-version.sh VERSION HOSTNAME
#
# A version is the folder /opt/freehold-VERSION and images freehold/NAME:VERSION. FREEHOLD_VERSION in host.env is the
# last one that came up. Called by 'freehold server deploy' of a control machine; it goes on to its end when that is cut
# off. If the host itself loses power, it goes back to the version before at its next start.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../setup/programs.sh
source "$here/../setup/programs.sh"
# shellcheck source-path=SCRIPTDIR source=detached.sh
source "$here/detached.sh"

# The program of this version, which setup.sh may not have installed yet.
own_program() {
  local version id
  version=$(basename "$(realpath "$here/../..")")
  id=$(image_id "freehold/cli:${version#freehold-}") || fail "This host lacks the image freehold/cli:${version#freehold-}. Nothing was changed."
  if [ "$(image_of cli)" = "$id" ]; then echo "$programs/cli"; return; fi
  mkdir -p "$programs"
  [ -d "$programs/cli-$id" ] || unpack_image cli "$programs/cli-$id" "$id" >&2
  echo "$programs/cli-$id"
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Tell the version and this host's name; see --help."
  need_root
  if [ -z "${FREEHOLD_SWITCHING:-}" ]; then detached bash "$here/switch-version.sh" "$@"; return; fi
  FREEHOLD_PROGRAM=$(own_program)
  export FREEHOLD_PROGRAM
  exec "$here/../freehold" switch-step switch "$@"
}

main "$@"
