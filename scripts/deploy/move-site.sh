#!/usr/bin/env bash
# Moves a site from one server to another: its data, certificate, database, units' settings and mail routes. It is copied
# while it runs, then stopped for the last difference, started there, and given up here once it answers there. If
# anything fails, it goes on where it was. Cut off anywhere, run it again.
#
#   scripts/deploy/move-site.sh DOMAIN FROM TO [--pause SECONDS]
#   scripts/deploy/move-site.sh DOMAIN FROM TO --forget
#
#   FROM, TO         HOST or USER@HOST, as ssh takes it; each with an etcd of its own, or both of one cluster
#   --pause SECONDS  if the move is not done so long after the site was stopped, it starts again at FROM (120)
#   --forget         later, when DNS leads to TO: until then FROM answers 503 for it, and takes its mail too. Members of
#                    a cluster need none of this: FROM serves it from TO
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=holding.sh
source "$here/holding.sh"
# shellcheck source-path=SCRIPTDIR source=moving.sh
source "$here/moving.sh"

# check_origin HOST: what is ready at its new place has come from there, and has to be given up by no other.
check_origin() {
  local name
  name=$(on "$from" sed -n 's/^FREEHOLD_HOST=//p' /etc/freehold/host.env </dev/null) || fail "Nothing was changed."
  [ "$name" = "$1" ] || fail "$domain has come to $to from $1, and $from is '$name': name that server. Nothing was changed."
}

# What an earlier run that was cut off has left is finished, or thrown away.
go() {
  local here_is there_is
  here_is=$(at_from state) || fail "Nothing was changed."
  there_is=$(at_to state </dev/null) || fail "Nothing was changed."
  case "$here_is, $there_is" in
    site*none) move "${here_is#site }" ;;
    site*unfinished | site*ready*)
      say "Throwing away what an earlier move left at $to"
      at_to discard </dev/null
      move "${here_is#site }" ;;
    given*ready* | none*ready*) check_origin "${there_is#ready }" ;;&
    given*ready*) complete ;;
    given*) fail "$domain has left $from, but not for $to: name the server that it was moved to." ;;
    none*ready*) announce; finish ;;
    none*site*) say "$domain is at $to already." ;;
    *) fail "$domain: at $from there is '$here_is', at $to '$there_is'. It has to be a site at the first, and not at the second." ;;
  esac
}

main() {
  local words=() pause=120 forget=no domain from to holding=()
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
  mkdir -p "$config"
  exec 6>"$config/moving-$domain.lock"
  flock --nonblock 6 || fail "$domain is being moved already, by another run here. Nothing was changed."
  if [ "$forget" = yes ]; then at_from forget | harmless; return; fi
  keep_connected "$from" || fail "$from was not reached. Nothing was changed."
  keep_connected "$to" || fail "$to was not reached. Nothing was changed."
  # shellcheck disable=SC2064 # the servers of now
  trap "disconnect '$from'; disconnect '$to'; rm -rf '$notes'" EXIT
  hold_both
  go
}

main "$@"
