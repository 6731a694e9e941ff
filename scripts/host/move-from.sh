#!/usr/bin/env bash
# The end of a site's move that it leaves. Called by scripts/deploy/move-site.sh, step by step:
#
#   scripts/host/move-from.sh DOMAIN state           'site APP', 'given APP' (it has left, and cleaning up is not done), 'none'
#   scripts/host/move-from.sh DOMAIN describe        KILOBYTES STATUS MARIADB
#   scripts/host/move-from.sh DOMAIN mail            its mail routes, key and value in lines
#   scripts/host/move-from.sh DOMAIN copy            all of it to standard output, while it runs
#   scripts/host/move-from.sh DOMAIN copy-again      what has changed since, while it runs
#   scripts/host/move-from.sh DOMAIN copy-last SECS  stops it, then the same. It starts again by itself after SECS
#   scripts/host/move-from.sh DOMAIN resume          it stays here after all
#   scripts/host/move-from.sh DOMAIN give            it has left: it does not start here again, its data is put aside
#   scripts/host/move-from.sh DOMAIN forget          its name answers 404 here, and its mail is not taken any more
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=moving.sh
source "$here/moving.sh"
# shellcheck source-path=SCRIPTDIR source=copying.sh
source "$here/copying.sh"

state() {
  local app
  if [ -e "$notes/given" ]; then echo "given $(cat "$notes/given")"; return; fi
  app=$(app_here)
  if [ -n "$app" ] && [ -d "/data/domains/$domain" ]; then echo "site $app"; else echo none; fi
}

describe() {
  local size mariadb=-
  # What vanishes meanwhile is no matter.
  size=$(cd /data && folders_in . | tr '\n' '\0' | du --summarize --total --block-size K --files0-from - 2>/dev/null | tail -n 1 | cut -f 1) || true
  [ ! -d "/data/runtime/domains/$domain/mysql/db_files" ] || mariadb=$(mariadb_version)
  echo "${size%K} $(served_status) $mariadb"
}

mail() { shares_etcd || by_etcdctl get --prefix "/mail/$domain/"; }

resume() {
  [ ! -e "$notes/given" ] || fail "$domain has left this host: it does not start here again."
  systemctl start "$(app_here)@$domain"
  systemctl stop "$(move_back_unit).timer" 2>/dev/null || true
  stop_quickly no
  rm -rf "$notes"
  say "$domain goes on here."
}

put_aside() {
  local kept=/data/moved/$domain
  [ ! -e "$kept" ] || kept=$kept-$(date +%Y%m%d-%H%M%S)
  (umask 077 && mkdir -p "$kept")
  if [ -d "/data/domains/$domain" ]; then mv "/data/domains/$domain" "$kept/domains"; fi
  if [ -d "/data/runtime/domains/$domain" ]; then mv "/data/runtime/domains/$domain" "$kept/runtime"; fi
  say "What $domain had here is kept in $kept until you delete it."
}

# From the file 'given' on, the site is the other host's, whatever becomes of the rest here.
give() {
  local app
  if [ ! -e "$notes/given" ]; then
    app=$(app_here)
    systemctl stop "$(move_back_unit).timer" 2>/dev/null || true
    if [ "$(unit_state "$(move_back_unit)")" != inactive ] || [ "$(unit_state "$app@$domain")" != inactive ]; then
      fail "$domain took longer to move than it was to be paused, and has started here again: it stays. Run the move" \
        "again with a longer --pause."
    fi
    echo "$app" >"$notes/given.new"
    sync "$notes/given.new"
    mv "$notes/given.new" "$notes/given"
  fi
  app=$(cat "$notes/given")
  systemctl disable --quiet "$app@$domain" "dump@$domain.timer" 2>/dev/null || true
  systemctl stop "$app@$domain" "certificate@$domain.path" "gitpuller@$domain.timer" "dump@$domain.timer" "import@$domain" 2>/dev/null || true
  [ ! -d "/data/domains/$domain" ] || put_aside
  stop_quickly no
  rm -r "$notes"
}

forget() {
  [ "$(state)" = none ] || fail "$domain is a site of this host, or is just leaving it: move it first."
  by_discovery withdraw "$domain" --forget
  rm -f "$certificates/$domain.pem"
  shares_etcd || by_etcdctl del --prefix "/mail/$domain/" >/dev/null
  say "$domain answers 404 here, and its mail is not taken here any more."
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and the step; see --help."
  start_moving "$1"
  case "$2" in
    state | describe | mail | copy | resume | give | forget) "$2" ;;
    copy-again) send ;;
    copy-last) copy_last "${3:?}" ;;
    *) refuse "'$2' is no step; see --help." ;;
  esac
}

main "$@"
