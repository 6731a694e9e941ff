#!/usr/bin/env bash
# Restores sites from a file of scripts/deploy/back-up.sh, to the server that they were on, set up again by deploy.sh, or
# to another one. What is there already is left as it is, and said. A site that lives on another server by now is not
# restored: all servers of ~/.config/freehold/servers, and all hosts of the same cluster, are asked. Run again, it does
# what is left to do.
#
#   scripts/deploy/restore.sh SERVER FILE [DOMAIN …] [--even-so]
#   scripts/deploy/restore.sh FILE --list
#
#   SERVER    HOST or USER@HOST, as ssh takes it
#   DOMAIN …  only these sites, with their mail forwards; without: all, and what you had set for the whole host
#   --even-so restores sites that live on other servers too, and asks none
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
# shellcheck source-path=SCRIPTDIR source=elsewhere.sh
source "$here/elsewhere.sh"

check_backup() {
  [ -r "$1" ] || refuse "There is no file '$1' to restore from."
  is_whole "$1" || fail "'$1' is not a whole backup of scripts/deploy/back-up.sh."
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the server and the file; see --help."
  if [ "$2" = --list ]; then check_backup "$1"; sites_in "$1" | harmless; return; fi
  local words=() server file domain options=() even_so=no
  for domain in "$@"; do
    case "$domain" in
      --even-so) even_so=yes options=(--even-so) ;;
      -*) refuse "Unknown option '$domain'. See '$0 --help'." ;;
      *) words+=("$domain") ;;
    esac
  done
  [ ${#words[@]} -ge 2 ] || refuse "Tell the server and the file; see --help."
  server=${words[0]} file=${words[1]}
  check_server "$server"
  check_backup "$file"
  for domain in "${words[@]:2}"; do check_domain "$domain"; done
  [ "$even_so" = yes ] || find_elsewhere
  say "Sending $file to $server"
  tell "$server" "$on_host/host/restore.sh" "${options[@]}" "${words[@]:2}" <"$file" 2>&1
}

main "$@"
