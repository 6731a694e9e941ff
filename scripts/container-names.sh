#!/usr/bin/env bash
# Renames the containers of sites to the names that the installed units use: APP_DOMAIN, or APP-DOMAIN as up to version
# 0.1 after a roll-back. Sites keep running meanwhile. setup.sh installs and runs it; container-names.path runs it after
# a roll-back, whose scripts know nothing of it.
#
#   scripts/container-names.sh                   all containers of sites
#   scripts/container-names.sh UNIT NAME         UNIT's container with the former name, if there is one
#   scripts/container-names.sh UNIT NAME --stop  stops and removes that one instead
#
# To be removed in the next release, with container-names.* and its calls in host/site.sh, host/start-sites.sh, setup/units.sh and
# discovery.
set -euo pipefail

# owner CONTAINER: the unit that started it. Former names are ambiguous: static-git-a.com was two units'.
owner() { docker inspect --format '{{index .Config.Labels "OBJECT_SYSTEMD_UNIT"}}' "$1" 2>/dev/null; }

# name_of UNIT: the name of its container, as the unit file that is installed has it. Nothing if there is none.
name_of() {
  local domain=${1#*@}
  sed -n "s/^ExecStartPre=.*docker run .*--name \([a-z-]*[_-]\)%i .*/\1${domain%.service}/p" \
    "/etc/systemd/system/${1%%@*}@.service" 2>/dev/null || true
}

stop_container() { docker stop --time 60 "$1" >/dev/null && docker rm "$1" >/dev/null; }

# rename UNIT FROM TO
rename() {
  local holder
  holder=$(owner "$3") || holder=''
  if [ -n "$holder" ] && [ "$holder" != "$1" ]; then
    echo "<3>Cannot rename the container $2 to $3: $holder has a container of that name. Remove one of the two sites."
    return
  fi
  # Of two containers of one unit, one that is not running is of no use; two that are must not share their data.
  if [ -n "$holder" ] && ! docker rm "$3" >/dev/null 2>&1; then stop_container "$2"; return; fi
  docker rename "$2" "$3"
  echo "Renamed the container $2 to $3."
}

rename_all() {
  local unit from to
  docker ps --all --filter label=OBJECT_SYSTEMD_UNIT --format '{{.Label "OBJECT_SYSTEMD_UNIT"}} {{.Names}}' \
    | while read -r unit from; do
      to=$(name_of "$unit")
      [ -z "$to" ] || [ "$from" = "$to" ] || rename "$unit" "$from" "$to"
    done
}

# The socket answers faster than docker's client, and nearly always that there is none.
exists() {
  curl --silent --fail --output /dev/null --unix-socket /run/docker.sock "http://docker/containers/$1/json"
}

rename_former() {
  local former=${2/_/-}
  exists "$former" && [ "$(owner "$former")" = "$1" ] || return 0
  if [ "${3:-}" = --stop ]; then stop_container "$former"; else rename "$1" "$former" "$2"; fi
}

main() {
  case $# in
    0) exec 9>/run/freehold/container-names.lock; flock 9; rename_all ;;
    1) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0" ;;
    *) rename_former "$@" ;;
  esac
}

main "$@"
