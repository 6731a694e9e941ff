#!/usr/bin/env bash
# The end of a site's move that it comes to. Called by scripts/deploy/move-site.sh, step by step:
#
#   scripts/host/move-to.sh DOMAIN state                         'site APP', 'none', 'unfinished', 'leaving' (it is
#                                                                moved away), or 'ready HOST': it has come from there and
#                                                                has answered here, and is to be announced
#   scripts/host/move-to.sh DOMAIN hold                          'held': until standard input ends, or nothing comes for
#                                                                30 s, no other run can move it
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
  if [ -e "$notes/given" ]; then echo leaving; return; fi
  if [ -e "$notes/ready" ]; then echo "ready $(cat "$notes/from")"; return; fi
  if [ -e "$notes/app" ]; then echo unfinished; return; fi
  app=$(app_here)
  if [ -n "$app" ]; then echo "site $app"; else echo none; fi
}

begin() {
  (umask 077 && mkdir -p "$notes/tree")
  cat /proc/sys/kernel/random/uuid >"$notes/id"
  echo "$3" >"$notes/from"
  echo "$1" >"$notes/app"
  echo "$2" >"$notes/status"
  if shares_etcd "$1" "$3" "$4"; then hold_back; fi
}

# Only what this move brought is deleted. A site that was added here before or in the meantime stays, and goes on.
discard() {
  [ -e "$notes/app" ] || return 0
  give_back_mail
  if is_marked; then
    # A site that has failed is tried again, and import would create its folder once more.
    systemctl stop "$(cat "$notes/app")@$domain" "import@$domain" 2>/dev/null || true
    discard_data
  fi
  # Unless a site was added after a run that was cut off here.
  if [ -e "$notes/discarded" ] && [ ! -e "/data/domains/$domain" ]; then discard_site; fi
  rm -rf "$(held_back)"
  systemctl daemon-reload
  # A site of this host that was held back for the move.
  [ -z "$(app_here)" ] || systemctl start --no-block "discovery@$domain"
  drop_notes
}

# The folder with the mark last.
discard_data() {
  rm -rf "$notes/discarded"
  mkdir "$notes/discarded"
  if [ -d "/data/runtime/domains/$domain" ]; then mv "/data/runtime/domains/$domain" "$notes/discarded/runtime"; fi
  mv "/data/domains/$domain" "$notes/discarded/domains"
}

# Its data is out of its place, so remove-site.sh dumps no database. What waits to be imported stays.
discard_site() {
  local file
  "$here/../remove-site.sh" "$domain"
  # One that could not start here is no site of this host.
  systemctl reset-failed "$(cat "$notes/app")@$domain" 2>/dev/null || true
  [ -e "$notes/installed" ] || return 0
  while read -r file; do
    cmp --silent "$notes/tree/moving/$domain/sent/units/$file" "/etc/systemd/system/$file" || continue
    rm "/etc/systemd/system/$file"
    rmdir --ignore-fail-on-non-empty "/etc/systemd/system/${file%/*}"
  done <"$notes/installed"
}

# After a run that was cut off: what has not answered here yet cannot have been given up at its old place.
tidy() { [ -e "$notes/ready" ] || discard; }

finish() {
  systemctl enable --quiet --now "$(cat "$notes/app")@$domain"
  has_to_be_served
  [ ! -e "$notes/tree/moving/$domain/sent/dumped" ] || systemctl enable --quiet --now "dump@$domain.timer"
  if [ -d "$(held_back)" ]; then rm -r "$(held_back)"; systemctl daemon-reload; fi
  rm -f "$(mark_file "/data/domains/$domain")"
  if [ -e "$notes/together" ]; then echo together; else echo apart; fi
  drop_notes
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and the step; see --help."
  start_moving "$1"
  [ "$2" = hold ] || take_turn
  case "$2" in
    hold) hold; tidy ;;
    state | check | begin | receive | announce | discard | finish) "$2" "${@:3}" ;;
    take-over) take_over ;;
    take-mail) take_mail ;;
    *) refuse "'$2' is no step; see --help." ;;
  esac
}

main "$@"
