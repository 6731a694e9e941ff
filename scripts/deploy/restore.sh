#!/usr/bin/env bash
# Brings sites back from a file of scripts/deploy/back-up.sh, to the server that they were on, made anew by deploy.sh, or
# to another one. What is there already is left as it is, and said. Run again, it does what is left to do.
#
#   scripts/deploy/restore.sh SERVER FILE [DOMAIN …]
#   scripts/deploy/restore.sh FILE --list
#
#   SERVER    HOST or USER@HOST, as ssh takes it
#   DOMAIN …  only these sites, with their mail routes; without: all, and what you had set for the whole host
#   --list    says which sites the file has, each after what it is
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=backup.sh
source "$here/backup.sh"

check_backup() {
  [ -r "$1" ] || refuse "There is no file '$1' to restore from."
  is_whole "$1" || fail "'$1' is not a whole backup of scripts/deploy/back-up.sh."
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the server and the file; see --help."
  if [ "$2" = --list ]; then check_backup "$1"; sites_in "$1" | harmless; return; fi
  local server=$1 file=$2 domain
  shift 2
  check_server "$server"
  check_backup "$file"
  for domain in "$@"; do check_domain "$domain"; done
  say "Sending $file to $server"
  tell "$server" "$on_host/host/restore.sh" "$@" <"$file" 2>&1
}

main "$@"
