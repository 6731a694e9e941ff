#!/usr/bin/env bash
# Removes a site from a server: scripts/remove-site.sh there, which says more. Its data stays, unless told otherwise.
#
#   scripts/deploy/remove-site.sh SERVER DOMAIN [--delete-data]
#
#   SERVER   HOST or USER@HOST, as ssh takes it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the server and the domain; see --help."
  check_server "$1"
  check_domain "$2"
  tell "$1" "$on_host/remove-site.sh" "${@:2}" </dev/null
}

main "$@"
