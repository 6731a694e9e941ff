#!/usr/bin/env bash
# Moves a site from one server to another: its data, certificate, database, units' settings and mail routes. It is copied
# while it runs, then stopped for the last difference, started there, and given up here once it answers there. If
# anything fails, it goes on where it was. Cut off anywhere, run it again.
#
#   scripts/deploy/move-site.sh DOMAIN FROM TO [--pause SECONDS]
#   scripts/deploy/move-site.sh DOMAIN FROM TO --forget
#
#   FROM, TO         HOST or USER@HOST, as ssh takes it
#   --pause SECONDS  if the move is not done so long after the site was stopped, it starts again at FROM (120)
#   --forget         later, when DNS leads to TO: until then FROM answers 503 for it, and takes its mail too
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"

at_from() { on "$from" "$on_host/host/move-from.sh" "$domain" "$@" </dev/null; }
at_to() { on "$to" "$on_host/host/move-to.sh" "$domain" "$@"; }

undo() {
  trap - INT TERM
  say "The move failed: $domain goes on at $from" >&2
  at_from resume || say "$from was not reached: the site starts there by itself, $pause s after it was stopped." >&2
  at_to discard </dev/null || say "$to keeps a useless copy: run this again." >&2
  fail "$domain was not moved; why is said above."
}

# While it runs, twice if the first time took long: so the last difference is small.
copy() {
  local begun=$EPOCHSECONDS
  say "Copying $domain to $to while it runs"
  at_from copy | at_to receive || fail "$domain was not copied; it goes on at $from as if nothing had been. Run this again."
  ((EPOCHSECONDS - begun < 20)) || at_from copy-again | at_to receive || fail "$domain was not copied; run this again."
  at_from mail | at_to take-mail || fail "The mail routes of $domain were not copied; run this again."
}

move() {
  local app=$1 described kilobytes status mariadb begun
  described=$(at_from describe) || fail "Nothing was changed."
  read -r kilobytes status mariadb <<<"$described"
  at_to check "$app" "$kilobytes" "$status" "$mariadb" </dev/null || fail "$domain stays at $from; why is said above."
  copy
  say "Stopping $domain at $from for the last difference"
  begun=${EPOCHREALTIME/[.,]/}
  trap undo INT TERM
  at_from copy-last "$pause" | at_to take-over "$app" "$status" || undo
  say "It is served by $to, $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms after its stop began"
  # From here on it is theirs; whatever is cut off now, the next run does.
  at_from give || undo
  trap - INT TERM
}

finish() {
  at_to finish "$1" </dev/null
  say "$domain is at $to. Let DNS lead there; then: $0 $domain $from $to --forget"
}

# What an earlier run that was cut off has left is finished, or thrown away.
go() {
  local here_is there_is
  here_is=$(at_from state) || fail "Nothing was changed."
  there_is=$(at_to state </dev/null) || fail "Nothing was changed."
  case "$here_is, $there_is" in
    given*) at_from give; finish "${here_is#given }" ;;
    site*none) move "${here_is#site }"; finish "${here_is#site }" ;;
    site*unfinished)
      say "Throwing away what an earlier move left at $to"
      at_to discard </dev/null
      move "${here_is#site }"
      finish "${here_is#site }" ;;
    none*unfinished) finish "$(at_to app </dev/null)" ;;
    none*site*) say "$domain is at $to already." ;;
    *) fail "$domain: at $from there is '$here_is', at $to '$there_is'. It has to be a site at the first, and not at the second." ;;
  esac
}

main() {
  local words=() pause=120 forget=no domain from to
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --pause) need_value "$@"; pause=$2; shift ;;
      --forget) forget=yes ;;
      -*) refuse "'$1' is no option; see --help." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ ${#words[@]} -eq 3 ] || refuse "Tell the domain, from where and to where; see --help."
  domain=${words[0]} from=${words[1]} to=${words[2]}
  check_domain "$domain"
  check_server "$from"
  check_server "$to"
  [[ $pause =~ ^[1-9][0-9]*$ ]] || refuse "'$pause' is no number of seconds."
  [ "$from" != "$to" ] || refuse "$from is where the site is already."
  if [ "$forget" = yes ]; then at_from forget; return; fi
  keep_connected "$from" || fail "$from was not reached. Nothing was changed."
  keep_connected "$to" || fail "$to was not reached. Nothing was changed."
  # shellcheck disable=SC2064 # the servers of now
  trap "disconnect '$from'; disconnect '$to'; rm -rf '$notes'" EXIT
  go
}

main "$@"
