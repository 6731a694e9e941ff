#!/usr/bin/env bash
# Runs a command on servers, on all at once, as root. Each line of its output begins with the server.
#
#   scripts/deploy/run.sh SERVER… -- COMMAND …
#
#   SERVER   HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   COMMAND  a program and its arguments; for pipes and the like: bash -c '…'
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

run_there() { on "$1" "${command[@]}"; }

main() {
  local words=() command servers
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ $# -ge 2 ] || refuse "Missing argument: COMMAND, after --. See '$0 --help'."
  command=("${@:2}")
  name_servers "${words[@]}"
  on_each run_there
}

main "$@"
