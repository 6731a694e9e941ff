#!/usr/bin/env bash
# The end of a site's move that it comes to. Called by scripts/deploy/move-site.sh, step by step:
#
#   scripts/host/move-to.sh DOMAIN state                    'site APP', 'unfinished' or 'none'
#   scripts/host/move-to.sh DOMAIN app                      what it is, of one that is unfinished and runs
#   scripts/host/move-to.sh DOMAIN check APP KB STATUS DB   whether it can come here; changes nothing
#   scripts/host/move-to.sh DOMAIN receive                  its copy, or what has changed, from standard input
#   scripts/host/move-to.sh DOMAIN take-over APP STATUS     the last difference; then it starts and has to be served
#   scripts/host/move-to.sh DOMAIN take-mail                its mail routes, from standard input
#   scripts/host/move-to.sh DOMAIN discard                  nothing of it stays here
#   scripts/host/move-to.sh DOMAIN finish APP               it is this host's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=moving.sh
source "$here/moving.sh"

state() {
  local app
  if [ -e "$notes" ]; then echo unfinished; return; fi
  app=$(app_here)
  if [ -n "$app" ]; then echo "site $app"; else echo none; fi
}

check() {
  local app=$1 kilobytes=$2 mariadb=$4 path free own
  [ -f "/etc/systemd/system/$app@.service" ] || fail "This host knows no app '$app': deploy the same version here first."
  for path in "/data/domains/$domain" "/data/runtime/domains/$domain" "/data/import/$domain"{,.tar,.tar.gz,.tar.zst}; do
    [ ! -e "$path" ] || fail "There is $path on this host already, and a move changes nothing that is there: take it away first."
  done
  free=$(df --output=avail --block-size 1K /data | tail -n 1)
  ((free > kilobytes + kilobytes / 10)) || fail "$domain has $((kilobytes / 1024)) MB, but /data here has room for $((free / 1024)) MB only."
  [ "$mariadb" != - ] || return 0
  own=$(mariadb_version)
  dpkg --compare-versions "$own" ge "$mariadb" \
    || fail "The database was written by MariaDB $mariadb, and here is $own, which does not read it: deploy a newer version here first."
}

# The site's owner decides what is in it, also while it is being copied. So tar cannot write anywhere else, wherever a
# link in it may lead.
receive() {
  (umask 077 && mkdir -p "$notes/tree")
  systemd-run --quiet --pipe --wait --collect --property ProtectSystem=strict --property "ReadWritePaths=$notes/tree" \
    --property PrivateNetwork=yes tar --extract --listed-incremental /dev/null --numeric-owner --preserve-permissions \
    --directory "$notes/tree" || fail "The copy of $domain did not arrive whole."
}

put_in_place() {
  local sent=$notes/tree/moving/$domain/sent
  [ "$(list_tree "$notes/tree")" = "$(cat "$sent/listing")" ] || fail "The copy of $domain is not the same as what was copied."
  mkdir -p /data/runtime/domains
  mv --no-target-directory "$notes/tree/domains/$domain" "/data/domains/$domain"
  if [ -d "$notes/tree/runtime/domains/$domain" ]; then
    mv --no-target-directory "$notes/tree/runtime/domains/$domain" "/data/runtime/domains/$domain"
  fi
  [ -n "$(ls "$sent/units")" ] || return 0
  cp --recursive "$sent/units/." /etc/systemd/system/
  systemctl daemon-reload
}

is_served() { [ "$(served_status)" = "$1" ]; }

# Enabled only at the end of the move: should this host restart before that, the site is still the other one's.
take_over() {
  local app=$1
  receive
  put_in_place
  systemctl start "$app@$domain" || {
    journalctl --no-pager --quiet --output cat --lines 10 --unit "import@$domain" --unit "$app@$domain" >&2
    fail "$app@$domain did not start here: above is what it said last."
  }
  wait_for 60 is_served "$2" || fail "$domain does not answer here as it did there, with $2, but with $(served_status)."
}

take_mail() {
  local key value
  while read -r key && read -r value; do
    [[ $key == "/mail/$domain/"* ]] || fail "'$key' is no mail route of $domain."
    by_etcdctl put -- "$key" "$value" >/dev/null
  done
}

discard() {
  [ "$(state)" = unfinished ] || return 0
  "$here/../remove-site.sh" "$domain" --delete-data
  unit_settings | xargs --no-run-if-empty rm -r
  systemctl daemon-reload
  rm -r "$notes"
}

finish() {
  systemctl enable --quiet "$1@$domain"
  [ ! -e "$notes/tree/moving/$domain/sent/dumped" ] || systemctl enable --quiet --now "dump@$domain.timer"
  rm -rf "$notes"
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and the step; see --help."
  start_moving "$1"
  case "$2" in
    state | check | receive | discard | finish) "$2" "${@:3}" ;;
    app) app_here ;;
    take-over) take_over "${@:3}" ;;
    take-mail) take_mail ;;
    *) refuse "'$2' is no step; see --help." ;;
  esac
}

main "$@"
