#!/usr/bin/env bash
# Restores sites from a file of scripts/deploy/back-up.sh, to their former server, set up again by deploy.sh, or to another
# one. It overwrites nothing on the server, and reports what it skips. A site that now lives on another server is not
# restored: all servers in ~/.config/freehold/servers, and all hosts of the same cluster, are asked. Run again, it
# completes an interrupted run.
#
#   scripts/deploy/restore.sh SERVER FILE [DOMAIN …] [--even-so]
#   scripts/deploy/restore.sh FILE --list
#
#   SERVER    HOST or USER@HOST, as for ssh
#   DOMAIN …  only these sites, with their mail forwards. Without it, all sites and the host's settings
#   --even-so restores sites that live on other servers too, and asks none
#   --list    lists the sites in the file, each with its app
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
  [ -r "$1" ] || refuse "Cannot restore from '$1': no such file."
  is_whole "$1" || fail "'$1' is not a complete backup from scripts/deploy/back-up.sh."
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Missing arguments: SERVER FILE. See '$0 --help'."
  if [ "$2" = --list ]; then check_backup "$1"; sites_in "$1" | harmless; return; fi
  local words=() server file domain options=() even_so=no
  for domain in "$@"; do
    case "$domain" in
      --even-so) even_so=yes options=(--even-so) ;;
      -*) refuse "Unknown option '$domain'. See '$0 --help'." ;;
      *) words+=("$domain") ;;
    esac
  done
  [ ${#words[@]} -ge 2 ] || refuse "Missing arguments: SERVER FILE. See '$0 --help'."
  server=${words[0]} file=${words[1]}
  check_server "$server"
  check_backup "$file"
  for domain in "${words[@]:2}"; do check_domain "$domain"; done
  [ "$even_so" = yes ] || find_elsewhere
  say "Sending $file to $server"
  tell "$server" "$on_host/host/restore.sh" "${options[@]}" "${words[@]:2}" <"$file" 2>&1
}

main "$@"
