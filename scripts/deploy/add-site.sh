#!/usr/bin/env bash
# Adds a site to a server, starts it, and waits until it is served: runs scripts/add-site.sh there, whose --help has the
# details. Run again, it completes an interrupted run.
#
#   scripts/deploy/add-site.sh SERVER DOMAIN [--app APP] [--from SOURCE]
#   scripts/deploy/add-site.sh SERVER DOMAIN --git 'URL [REF]' | --git - | --git-file FILE
#
#   SERVER             HOST or USER@HOST, as for ssh
#   --from SOURCE      a folder or archive on this machine, which is sent first
#   --git 'URL [REF]'  a site from a git repository. A URL with a password or token is refused here, as every user can see
#                      a command's arguments
#   --git -            reads 'URL [REF]' from standard input
#   --git-file FILE    reads 'URL [REF]' from a file on this machine
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../add-site/address.sh
source "$here/../add-site/address.sh"
# shellcheck source-path=SCRIPTDIR source=../add-site/check.sh
source "$here/../add-site/check.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=delivery.sh
source "$here/delivery.sh"

main() {
  local passed=() app=static path='' git=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --from) need_value "$@"; path=$2; shift ;;
      --app) need_value "$@"; passed+=("$1" "$2"); app=$2; shift ;;
      --git | --git-file) need_value "$@"; read_address "$1" "$2"; shift ;;
      *) passed+=("$1") ;;
    esac
    shift
  done
  [ ${#passed[@]} -ge 2 ] || refuse "Missing arguments: SERVER DOMAIN. See '$0 --help'."
  local server=${passed[0]} domain=${passed[1]}
  check_server "$server"
  check_domain "$domain"
  if [ -n "$path" ]; then
    [ -z "$git" ] || refuse "--from and --git exclude each other: only one of them can provide the data."
    check_source "$path"
    send_data "$app"
    passed+=(--take "/data/import/.add-$domain$([ ! -f "$path" ] || archive_ending "$path")")
  fi
  if [ -n "$git" ]; then
    # Not in the command line there, either.
    printf '%s\n' "$git" | tell "$server" "$on_host/add-site.sh" "${passed[@]:1}" --git -
  else
    tell "$server" "$on_host/add-site.sh" "${passed[@]:1}" </dev/null
  fi
}

main "$@"
