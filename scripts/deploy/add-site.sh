#!/usr/bin/env bash
# Adds a site to a server, starts it, and waits until it is served: 'freehold site add --on SERVER'. Run again, it completes
# an interrupted run.
#
#   scripts/deploy/add-site.sh SERVER DOMAIN [--app APP] [--from SOURCE]
#   scripts/deploy/add-site.sh SERVER DOMAIN --git 'URL [REF]' | --git - | --git-file FILE
#
#   SERVER             HOST or USER@HOST, as for ssh
#   --app APP          the app: static (the default), static-git or another app that has a unit on the server
#   --from SOURCE      a folder or archive on this machine, which is sent first
#   --git 'URL [REF]'  a site from a git repository. A URL with a password or token is refused here, as every user can see
#                      a command's arguments
#   --git -            reads 'URL [REF]' from standard input
#   --git-file FILE    reads 'URL [REF]' from a file on this machine
#   --dry-run          checks all of it, prints what would be done, and changes nothing
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"

main() {
  local words=() options=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --app | --from | --git | --git-file) need_value "$@"; options+=("$1" "$2"); shift ;;
      -*) options+=("$1") ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ ${#words[@]} -ge 2 ] || refuse "Missing arguments: SERVER DOMAIN. See '$0 --help'."
  provide_any_command
  by_freehold site add --on "${words[0]}" "${options[@]}" "${words[@]:1}"
}

main "$@"
