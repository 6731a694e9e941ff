#!/usr/bin/env bash
# The end of a site's move that it leaves. Called by scripts/deploy/move-site.sh, step by step:
#
#   scripts/host/move-from.sh DOMAIN state           'site APP', 'given APP' (it has left, and cleaning up is not done),
#                                                    'arriving' (it is just being moved here), 'none'
#   scripts/host/move-from.sh DOMAIN hold            'held': until standard input ends, or nothing comes for 30 s, no other
#                                                    run can move it
#   scripts/host/move-from.sh DOMAIN describe        KILOBYTES STATUS DATABASE HOST BOOT
#   scripts/host/move-from.sh DOMAIN mail            its mail routes, key and value in lines
#   scripts/host/move-from.sh DOMAIN copy            all of it to standard output, while it runs
#   scripts/host/move-from.sh DOMAIN copy-again      what has changed since, while it runs
#   scripts/host/move-from.sh DOMAIN copy-last SECS  stops it, then the same. It starts again by itself after SECS
#   scripts/host/move-from.sh DOMAIN resume          it stays here after all
#   scripts/host/move-from.sh DOMAIN give            from now on it is the other host's: it does not start here again
#   scripts/host/move-from.sh DOMAIN leave           its data is put aside
#   scripts/host/move-from.sh DOMAIN forget          its name answers 404 here, and its mail is not taken any more
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
# shellcheck source-path=SCRIPTDIR source=copying.sh
source "$here/copying.sh"
# shellcheck source-path=SCRIPTDIR source=leaving.sh
source "$here/leaving.sh"

state() {
  local app
  if [ -e "$notes/given" ]; then echo "given $(cat "$notes/given")"; return; fi
  if [ -e "$notes/app" ]; then echo arriving; return; fi
  app=$(leaving_app)
  if [ -n "$app" ] && [ -d "/data/domains/$domain" ]; then echo "site $app"; else echo none; fi
}

is_back() { [ "$(served_status "$domain")" != 503 ]; }

describe() {
  local size app database=-
  # A run that was cut off in its pause has left it stopped for a while yet.
  if [ "$(unit_state "$(move_back_unit).timer")" = active ]; then
    resume >&2
    wait_for 60 is_back || true
  fi
  # What vanishes meanwhile is no matter.
  size=$(cd /data && folders_in . | tr '\n' '\0' | du --summarize --total --block-size K --files0-from - 2>/dev/null | tail -n 1 | cut -f 1) || true
  app=$(database_of "$domain")
  [ -z "$app" ] || database=$(database_version "$app")
  echo "${size%K} $(served_status "$domain") $database $(setting FREEHOLD_HOST) $(boot_id)"
}

mail() { by_etcdctl get --prefix "/mail/$domain/"; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and the step; see --help."
  start_moving "$1"
  # It starts again whatever still hangs here.
  [[ $2 == hold || $2 == resume ]] || take_turn
  case "$2" in
    state | describe | mail | copy | resume | give | leave | forget) "$2" ;;
    hold) hold; tidy ;;
    copy-again) send ;;
    copy-last) copy_last "${3:?}" ;;
    *) refuse "'$2' is no step; see --help." ;;
  esac
}

main "$@"
