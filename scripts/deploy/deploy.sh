#!/usr/bin/env bash
# Sets up freehold on bare servers (Debian 12 or newer, Ubuntu 22.04 or newer), or upgrades hosts to this checkout: many at
# once, from a machine with Docker, over ssh. A server needs no registry and builds nothing; it receives only the image
# layers that it lacks. Run again without a change, it takes seconds and restarts nothing.
#
#   scripts/deploy/deploy.sh SERVER… [--name HOSTNAME] [--no-build]
#   scripts/deploy/deploy.sh SERVER… --to VERSION
#   scripts/deploy/deploy.sh SERVER… --versions
#
#   SERVER           HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --name HOSTNAME  the host's name for a bare server, instead of HOST (or, if HOST is an address, the machine's own name);
#                    also corrects the name of a server in ~/.config/freehold/names
#   --no-build       uses the images freehold/NAME:latest of this machine's Docker, and builds none
#   --to VERSION     switches to an older or newer version that the servers have: they keep the three newest. Refused if its
#                    MariaDB is too old for the database of a site
#   --versions       lists those versions
#
# If a program fails to start, the deploy rolls back and reports it. Sites are served throughout.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=../setup/images.sh
source "$here/../setup/images.sh"
# shellcheck source-path=SCRIPTDIR source=version.sh
source "$here/version.sh"
# shellcheck source-path=SCRIPTDIR source=names.sh
source "$here/names.sh"
# shellcheck source-path=SCRIPTDIR source=holding.sh
source "$here/holding.sh"
# shellcheck source-path=SCRIPTDIR source=send.sh
source "$here/send.sh"
# shellcheck source-path=SCRIPTDIR source=membership.sh
source "$here/membership.sh"
# shellcheck source-path=SCRIPTDIR source=send-images.sh
source "$here/send-images.sh"

# What the host is called already, else what it is to be called.
host_name() {
  local host=${1#*@} called
  # shellcheck disable=SC2016 # the server's shell expands it
  called=$(on "$1" bash -c 'sed -n "s/^FREEHOLD_HOST=//p" /etc/freehold/host.env 2>/dev/null || true') || return
  called=${called:-${name:-$(known_name "$1")}}
  if [ -n "$called" ]; then echo "$called"; elif [[ $host =~ ^[0-9.]+$|: ]]; then on "$1" hostname --fqdn; else echo "$host"; fi
}

there() { on "$1" env "FREEHOLD_STARTED=$FREEHOLD_STARTED" "/opt/freehold-$version/scripts/host/$2" "${@:3}"; }

deploy_there() { while_held deploy_held "$1"; }

deploy_held() {
  local called
  called=$(host_name "$1") && bind_name "$1" "$called" "$name" && send_files "$1" && there "$1" prepare.sh "$called" \
    && send_images "$1" && renew_membership "$1" "$called" && send_own_files "$1" "$called" && there "$1" switch-version.sh "$version" "$called"
}

switch_there() { while_held switch_held "$1"; }

switch_held() {
  local called databases code=0
  called=$(host_name "$1") || return
  on "$1" test -d "/opt/freehold-$version" || code=$?
  [ "$code" != 1 ] || fail "$1 has no version '$version'. List its versions with --versions."
  [ "$code" = 0 ] || return "$code"
  # That version may be older than this check.
  mapfile -t databases < <(describe_databases)
  [ ${#databases[@]} -eq 0 ] \
    || on "$1" bash -c "$(cat "$repository/scripts/host/check-databases.sh")" check-databases.sh "$version" "${databases[@]}" || return
  there "$1" switch-version.sh "$version" "$called"
}

versions_there() { on "$1" "$on_host/host/list-versions.sh"; }

prepare_here() {
  ensure_docker
  ensure_command jq jq
  name_version "$1"
  tagged=("${images[@]/#/freehold/}")
  tagged=("${tagged[@]/%/:$version}")
  say "Version $version: this commit, and $(docker image inspect --format . "${tagged[@]}" | wc -l) images"
  export_files
}

main() {
  local words=() name='' version='' build=yes action=deploy servers tagged
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --name) need_value "$@"; name=$2; shift ;;
      --to) need_value "$@"; version=$2 action=switch; shift ;;
      --versions) action=versions ;;
      --no-build) build=no ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  name_servers "${words[@]}"
  [ -z "$name" ] || [ ${#servers[@]} -eq 1 ] || refuse "--name applies to one server, but ${#servers[@]} were given."
  [[ $version =~ ^[0-9a-z.-]*$ ]] || refuse "'$version' is not the name of a version. List them with --versions."
  if [ "$action" = deploy ]; then prepare_here "$build"; fi
  on_each "${action}_there"
}

main "$@"
