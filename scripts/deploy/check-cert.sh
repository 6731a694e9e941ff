#!/usr/bin/env bash
# Looks at the certificates of servers' sites: when each ends, whether it is for its domain and fits its key, and
# whether it is what visitors are shown; and when those end by which a server is a member of a cluster. The exit code is
# 1 if something is wrong with one.
#
#   scripts/deploy/check-cert.sh SERVER… [--days DAYS] [--domain DOMAIN]
#
#   SERVER           HOST or USER@HOST, as ssh takes it, or all: those of ~/.config/freehold/servers
#   --days DAYS      one that ends within so many days is wrong too (21)
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
      -*) refuse "'$1' is no option; see --help." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  name_servers "${words[@]}"
  on_each check_there
}

main "$@"
