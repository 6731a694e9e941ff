#!/usr/bin/env bash
# Checks the certificates of servers' sites: when each expires, whether it is for its domain and matches its key, and
# whether visitors get it. On a member of a cluster, it also checks the cluster's certificates. The exit code is 1 if one
# is wrong.
#
#   scripts/deploy/check-cert.sh SERVER… [--days DAYS] [--domain DOMAIN]
#
#   SERVER           HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --days DAYS      a certificate that expires within this many days is wrong too (21)
#   --domain DOMAIN  only this site's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

check_there() { on "$1" "$on_host/host/check-certs.sh" "${passed[@]}"; }

main() {
  local words=() passed=() servers
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --days) need_value "$@"; passed+=("$1" "$2"); shift ;;
      --domain) need_value "$@"; passed+=("$2"); shift ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  name_servers "${words[@]}"
  on_each check_there
}

main "$@"
