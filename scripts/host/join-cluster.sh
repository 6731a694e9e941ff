#!/usr/bin/env bash
# Makes this host a member of the cluster whose keys it was sent (/etc/freehold/deployed/cluster), or renews them.
#
#   scripts/host/join-cluster.sh HOSTNAME
#
# Called by scripts/deploy/make-cluster.sh; it runs to its end if that is interrupted.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=detached.sh
source "$here/detached.sh"

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 1 ] || refuse "Missing argument: the name of this host. See '$0 --help'."
  need_root
  detached "$(dirname "$here")/setup.sh" "$1" --cluster /etc/freehold/deployed/cluster
}

main "$@"
