#!/usr/bin/env bash
# Checks the certificates of servers' sites: runs scripts/host/check-certs.sh on them, whose --help has the details. The exit
# code is 1 if one is wrong. 'freehold cert check --on SERVER,…' prints the same in one table.
#
#   scripts/deploy/check-cert.sh SERVER… [--days DAYS] [--domain DOMAIN]
#
#   SERVER           HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --days DAYS      a certificate that expires within this many days is wrong too (21)
#   --domain DOMAIN  only this site's
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"

main() {
  local servers=() passed=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --days) need_value "$@"; passed+=("$1" "$2"); shift ;;
      --domain) need_value "$@"; passed+=("$2"); shift ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) servers+=("$1") ;;
    esac
    shift
  done
  provide_any_command
  by_freehold server run "${servers[@]}" -- /opt/freehold/scripts/host/check-certs.sh "${passed[@]}"
}

main "$@"
