#!/usr/bin/env bash
# Restores sites from a backup on standard input: their data (by import), their units' settings and their mail forwards; without
# DOMAIN also the operator's settings. It overwrites nothing, and reports what it skips. Called by scripts/deploy/restore.sh.
# Run again after an interruption, it does the rest.
#
#   scripts/host/restore.sh [--elsewhere DOMAIN=SERVER …] [--even-so] [DOMAIN …] <FILE
#
#   --elsewhere DOMAIN=SERVER  the control machine found the site on another server: it is not restored
#   --even-so                  also restores sites that other hosts with the same etcd have
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=site-units.sh
source "$here/site-units.sh"
# shellcheck source-path=SCRIPTDIR source=restoring.sh
source "$here/restoring.sh"
# shellcheck source-path=SCRIPTDIR source=restoring-settings.sh
source "$here/restoring-settings.sh"

main() {
  local wanted=() app domain left=0 even_so=no
  local -A elsewhere=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --even-so) even_so=yes ;;
      --elsewhere) need_value "$@"; check_domain "${2%%=*}"; elsewhere[${2%%=*}]=${2#*=}; shift ;;
      *) check_domain "$1"; wanted+=("$1") ;;
    esac
    shift
  done
  need_root
  check_host
  check_folders
  (umask 077 && mkdir -p "$restoring/begun")
  exec 9<"$restoring"
  flock --nonblock 9 || fail "Another restore is under way on this host. Nothing was changed."
  trap 'rm -rf "$tree"' EXIT
  unpack
  if [ ${#wanted[@]} -eq 0 ]; then restore_settings; fi
  for domain in "${wanted[@]}"; do
    grep -q " $domain\$" "$tree/backup/sites" || { say "The backup does not contain the site $domain." >&2; left=1; }
  done
  while read -r app domain; do
    if is_wanted "$domain"; then
      restore_site || left=1
    elif is_named "$domain"; then
      report_elsewhere "$domain"
      left=1
    fi
  done <"$tree/backup/sites"
  restore_deliveries
  restore_mail || left=1
  [ "$left" = 0 ] || fail "Not everything is restored: the missing parts, with reasons, are listed above. Run this again to restore the rest."
  say "The restore is complete."
}

main "$@"
