#!/usr/bin/env bash
# Takes the data of a site from standard input and puts it in its place, once it is whole. Called by
# scripts/deploy/import-site.sh and add-site.sh.
#
#   scripts/host/receive-delivery.sh DOMAIN FOR folder        a tar of the folder, whose last entry is .whole
#   scripts/host/receive-delivery.sh DOMAIN FOR ENDING BYTES  an archive of so many bytes, as it is; ENDING as in .tar.gz
#
#   FOR  import: it goes where the site's start imports it. An app: if such a site can be new here, it is put aside for
#        add-site.sh --take /data/import/.add-DOMAIN[ENDING], in the place of what an earlier run has left there
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=../add-site/check.sh
source "$here/../add-site/check.sh"

not_whole() { fail "The data of $domain arrived incomplete and was deleted. Nothing was changed. Send it again."; }

receive_folder() {
  mkdir "$partial"
  tar --extract --no-same-owner --directory "$partial" || not_whole
  [ -f "$partial/.whole" ] || not_whole
  rm "$partial/.whole"
}

receive_archive() {
  check_disk "${1:-0}"
  # It may hold a private key.
  (umask 077 && cat >"$partial")
  [ "$(stat --format %s "$partial")" = "$1" ] || not_whole
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -ge 3 ] || refuse "Missing arguments: DOMAIN FOR KIND. See '$0 --help'."
  local domain=$1 app=$2 kind=$3 ending='' target
  check_domain "$domain"
  need_root
  check_host
  if [ "$app" = import ]; then
    check_waiting
    target=/data/import/$domain
  else
    check_app "$app"
    check_room
    target=/data/import/.add-$domain
    rm -rf "$target" "${archive_endings[@]/#/$target}"
  fi
  partial=/data/import/.$domain.$$
  trap 'rm -rf "$partial"' EXIT
  case "$kind" in
    folder) receive_folder ;;
    *)
      ending=$(archive_ending "$kind")
      [[ -n $ending && $ending == "$kind" && ${4:-} =~ ^[0-9]{1,15}$ ]] || refuse "Unknown kind of data '$kind'. See '$0 --help'."
      receive_archive "$4"
      ;;
  esac
  mv --no-target-directory "$partial" "$target$ending"
  [ "$app" != import ] || say "The data is in $target$ending and is imported when the site starts."
}

main "$@"
