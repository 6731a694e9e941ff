#!/usr/bin/env bash
# The end of a site's move that it comes to. Called by scripts/deploy/move-site.sh, step by step:
#
#   scripts/host/move-to.sh DOMAIN state                         'site APP', 'unfinished' or 'none'
#   scripts/host/move-to.sh DOMAIN check APP KB STATUS DB        whether it can come here; changes nothing
#   scripts/host/move-to.sh DOMAIN begin APP STATUS HOST BOOT    makes ready for it; HOST is where it is
#   scripts/host/move-to.sh DOMAIN receive                       its copy, or what has changed, from standard input
#   scripts/host/move-to.sh DOMAIN take-mail                     its mail routes, from standard input
#   scripts/host/move-to.sh DOMAIN take-over                     the last difference; then it starts, and has to answer
#   scripts/host/move-to.sh DOMAIN announce                      it is served, now at the latest
#   scripts/host/move-to.sh DOMAIN discard                       nothing of it stays here
#   scripts/host/move-to.sh DOMAIN finish                        it is this host's. 'together' if HOST has the same etcd,
#                                                                else 'apart'
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=answers.sh
source "$here/answers.sh"
# shellcheck source-path=SCRIPTDIR source=moving.sh
source "$here/moving.sh"
# shellcheck source-path=SCRIPTDIR source=arriving.sh
source "$here/arriving.sh"
# shellcheck source-path=SCRIPTDIR source=taking-over.sh
source "$here/taking-over.sh"

state() {
  local app
  if [ -e "$notes" ]; then echo unfinished; return; fi
  app=$(app_here)
  if [ -n "$app" ]; then echo "site $app"; else echo none; fi
}

begin() {
  (umask 077 && mkdir -p "$notes/tree")
  echo "$1" >"$notes/app"
  echo "$2" >"$notes/status"
  if shares_etcd "$1" "$3" "$4"; then hold_back; fi
}

discard() {
  [ "$(state)" = unfinished ] || return 0
  "$here/../remove-site.sh" "$domain" --delete-data
  unit_settings | xargs --no-run-if-empty rm -r
  rm -rf "$(held_back)"
  systemctl daemon-reload
  rm -r "$notes"
}

finish() {
  systemctl enable --quiet "$(cat "$notes/app")@$domain"
  [ ! -e "$notes/tree/moving/$domain/sent/dumped" ] || systemctl enable --quiet --now "dump@$domain.timer"
  if [ -d "$(held_back)" ]; then rm -r "$(held_back)"; systemctl daemon-reload; fi
  if [ -e "$notes/together" ]; then echo together; else echo apart; fi
  rm -r "$notes"
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and the step; see --help."
  start_moving "$1"
  case "$2" in
    state | check | begin | receive | announce | discard | finish) "$2" "${@:3}" ;;
    take-over) take_over ;;
    take-mail) take_mail ;;
    *) refuse "'$2' is no step; see --help." ;;
  esac
}

main "$@"
