#!/usr/bin/env bash
# Backs up servers while their sites run: one file for each server, with everything that cannot be recreated (sites' folders
# with current dumps of their databases, the list of sites, settings, mail forwards). It contains keys and passwords, so only
# you can read it.
#
#   scripts/deploy/back-up.sh SERVER… [--to FOLDER]
#
#   SERVER       HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --to FOLDER  where the files SERVER-YYYYMMDD-HHMMSS.tar.gz go (the current folder). None is ever replaced or deleted
#
# An incomplete file is deleted. To restore from a file, use scripts/deploy/restore.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$here/servers.sh"
# shellcheck source-path=SCRIPTDIR source=backup.sh
source "$here/backup.sh"

# claim SERVER: sets `file`, an unused name for a backup, and `partial`, to which no other run writes. It waits up to a second
# for an unused name.
claim() {
  local name
  for _ in {1..30}; do
    name=$1-$(date +%Y%m%d-%H%M%S)
    partial=$to/.$name.part file=$to/$name.tar.gz
    if [ ! -e "$file" ] && (set -o noclobber && : >"$partial") 2>/dev/null; then return; fi
    sleep 0.1
  done
  say "Cannot write $partial."
  return 1
}

# A database that cannot be dumped, or a site without data, is a failure; the file with the rest is kept.
back_up_there() {
  local partial file lacking code=0
  claim "$1" || return
  # shellcheck disable=SC2064 # the file of now; it holds keys
  trap "rm -f '$partial'" EXIT
  on "$1" "$on_host/host/back-up.sh" >"$partial" || code=$?
  if ! is_whole "$partial" "$notes/listing-$1"; then
    say "The backup of $1 arrived incomplete and was deleted."
    return 1
  fi
  lacking=$(sites_without_data "$partial" "$notes/listing-$1" | tr '\n' ' ')
  { sync "$partial" && mv --no-clobber "$partial" "$file" && [ ! -e "$partial" ]; } || { say "Cannot write $file."; return 1; }
  say "$file: $(stat --format %s "$file" | numfmt --to=si)B, sites: $(sites_in "$file" | wc -l)"
  [ -z "$lacking" ] || { say "The backup of $1 has no data of these sites: ${lacking% }. Look at /data/domains there."; return 1; }
  return "$code"
}

main() {
  local words=() to=. servers
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --to) need_value "$@"; to=$2; shift ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  name_servers "${words[@]}"
  [ -d "$to" ] || refuse "Cannot write backups to '$to': it is not a folder."
  umask 077
  on_each back_up_there
}

main "$@"
