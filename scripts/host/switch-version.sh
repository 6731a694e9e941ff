#!/usr/bin/env bash
# Makes a version that this host has the one in use: its images become the latest, /opt/freehold leads to its files,
# its setup.sh runs. If a program fails to start, or a site is not served any more, it rolls back to the previous version.
# Sites are served throughout. The work is done by the command freehold of this script's version (packages/cli/src/deploy).
#
#   scripts/host/switch-version.sh VERSION HOSTNAME
#
# A version is the folder /opt/freehold-VERSION and images freehold/NAME:VERSION. FREEHOLD_VERSION in host.env is the
# last one that came up. Called by 'freehold server deploy' of a control machine; it runs to its end even if that is
# interrupted. If the host itself loses power, it rolls back at its next start.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=detached.sh
source "$here/detached.sh"
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$here/own-program.sh"

main() {
  local version
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 2 ] || refuse "Missing arguments: VERSION and the name of this host. See '$0 --help'."
  need_root
  if [ -z "${FREEHOLD_SWITCHING:-}" ]; then detached bash "$here/switch-version.sh" "$@"; return; fi
  version=$(own_version)
  image_id "freehold/cli:$version" >/dev/null 2>&1 || fail "This host lacks the image freehold/cli:$version. Nothing was changed."
  become_own_program switch-step switch "$@"
}

main "$@"
