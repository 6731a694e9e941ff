#!/usr/bin/env bash
# Makes bare servers (Debian 12 or newer, Ubuntu 22.04 or newer) hosts of freehold, or brings hosts up to date with this
# checkout: many at once, from a machine with Docker, over ssh. A server needs no registry and builds nothing; of the
# images it is sent the layers that it lacks. Run again without a change, it takes seconds and restarts nothing. These are
# 'freehold server deploy', 'roll-back' and 'versions'.
#
#   scripts/deploy/deploy.sh SERVER… [--name HOSTNAME] [--no-build] [--dry-run]
#   scripts/deploy/deploy.sh SERVER… --to VERSION
#   scripts/deploy/deploy.sh SERVER… --versions
#
#   SERVER           HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --name HOSTNAME  what a bare server is to be called, if not HOST (or, where HOST is an address, its own name); or which
#                    host a server is, where ~/.config/freehold/names says another
#   --no-build       takes the images freehold/NAME:latest that Docker here has, and builds none
#   --dry-run        prints which version each server has and would get, and changes nothing
#   --to VERSION     goes back, or on, to a version that the servers have: they keep the three newest. Refused if its
#                    MariaDB is older than the data of a site
#   --versions       says which those are
#
# If a program fails to start, the deploy rolls back and reports it. Sites are served all the time.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$here/by-freehold.sh"

main() {
  local words=() servers=() build=yes action=deploy name=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --name) need_value "$@"; words+=("$1" "$2") name=$2; shift ;;
      --to) need_value "$@"; words+=("$1" "$2") action=roll-back; shift ;;
      --versions) action=versions ;;
      --no-build) words+=("$1") build=no ;;
      --dry-run) words+=("$1") ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) servers+=("$1") ;;
    esac
    shift
  done
  # Refused here too, before an image is built.
  [ ${#servers[@]} -gt 0 ] || refuse "Missing argument: SERVER, or all. See '$0 --help'."
  [ -z "$name" ] || [ ${#servers[@]} -eq 1 ] || refuse "--name applies to one server, but ${#servers[@]} were given."
  if [ "$action" = deploy ]; then provide_own_command "$build"; else provide_any_command; fi
  if [ "$action" = versions ]; then by_freehold server run "${servers[@]}" -- /opt/freehold/scripts/host/list-versions.sh; fi
  by_freehold server "$action" "${servers[@]}" "${words[@]}"
}

main "$@"
