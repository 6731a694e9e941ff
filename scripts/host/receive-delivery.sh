#!/usr/bin/env bash
# Takes the data of a site from standard input and puts it where the site's start imports it, once it is whole. Called
# by scripts/deploy/import-site.sh.
#
#   scripts/host/receive-delivery.sh DOMAIN folder        a tar of the folder, whose last entry is .whole
#   scripts/host/receive-delivery.sh DOMAIN ENDING BYTES  an archive of so many bytes, as it is; ENDING as in .tar.gz
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"

check_room() {
  local waiting
  waiting=$(deliveries "$domain")
  [ -z "$waiting" ] || fail "$waiting waits to be imported already: start the site, or take that away."
}

not_whole() { fail "The data of $domain did not arrive whole: nothing of it is kept, and nothing was changed. Send it again."; }

receive_folder() {
  mkdir "$partial"
  tar --extract --no-same-owner --directory "$partial" || not_whole
  [ -f "$partial/.whole" ] || not_whole
  rm "$partial/.whole"
}

receive_archive() {
  # It may hold a private key.
  (umask 077 && cat >"$partial")
  [ "$(stat --format %s "$partial")" = "$1" ] || not_whole
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 2 ] || refuse "Tell the domain and what comes; see --help."
  local domain=$1 kind=$2 ending=''
  check_domain "$domain"
  need_root
  check_host
  check_room
  partial=/data/import/.$domain.$$
  trap 'rm -rf "$partial"' EXIT
  case "$kind" in
    folder) receive_folder ;;
    .tar | .tar.gz | .tar.zst) ending=$kind; receive_archive "${3:-}" ;;
    *) refuse "'$kind' is nothing that this takes; see --help." ;;
  esac
  mv --no-target-directory "$partial" "/data/import/$domain$ending"
  say "/data/import/$domain$ending is there, and is imported when the site starts."
}

main "$@"
