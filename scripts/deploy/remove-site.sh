#!/usr/bin/env bash
# Removes a site from a server: runs scripts/remove-site.sh there, whose --help has the details. The site's data stays, unless
# --delete-data is given.
#
#   scripts/deploy/remove-site.sh SERVER DOMAIN [--delete-data]
#
#   SERVER   HOST or USER@HOST, as for ssh
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
  [ $# -ge 2 ] || refuse "Missing arguments: SERVER DOMAIN. See '$0 --help'."
  check_server "$1"
  check_domain "$2"
  tell "$1" "$on_host/remove-site.sh" "${@:2}" </dev/null
}

main "$@"
