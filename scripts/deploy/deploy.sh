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
#   SERVER           HOST or USER@HOST, as ssh takes it, or all: those of ~/.config/freehold/servers
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
repository=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$here/by-freehold.sh"

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# The command of this commit, where it does not run from the sources: the latest image may be of the commit before.
provide_command() {
  local commit
  [ ! -d "$repository/node_modules/commander" ] || return 0
  ensure_docker
  commit=$(git -C "$repository" rev-parse --quiet --short=10 --verify HEAD) || fail "$repository is no git checkout, so there is no version to deploy."
  if ! has_image "freehold/cli:$commit"; then
    if [ "$build" = no ] && has_image freehold/cli; then return; fi
    [ -z "$(git -C "$repository" status --porcelain --untracked-files=no)" ] \
      || fail "$repository has changes that are not committed, and would be deployed by half: commit them first."
    "$here/../build-images.sh" --no-sizes cli
    docker tag freehold/cli:latest "freehold/cli:$commit"
  fi
  export FREEHOLD_CLI_IMAGE=freehold/cli:$commit
}

main() {
  local words=() servers=() build=yes action=deploy
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --name) need_value "$@"; words+=("$1" "$2"); shift ;;
      --to) need_value "$@"; words+=("$1" "$2") action=roll-back build=no; shift ;;
      --versions) action=versions build=no ;;
      --no-build) words+=("$1") build=no ;;
      -*) words+=("$1") ;;
      *) servers+=("$1") ;;
    esac
    shift
  done
  provide_command
  if [ "$action" = versions ]; then by_freehold server run "${servers[@]}" -- /opt/freehold/scripts/host/list-versions.sh; fi
  by_freehold server "$action" "${servers[@]}" "${words[@]}"
}

main "$@"
