#!/usr/bin/env bash
# Writes a site's database to a file in its folder, as of one moment, while the site goes on: from then on the folder
# /data/domains/DOMAIN is a whole backup. The dump before stays until the new one is whole and on disk. The database of a
# site that is stopped runs for as long as it takes. The site's app declares the file (Dump=): of WordPress mysql/dump.sql.
#
#   scripts/dump-site.sh DOMAIN
#
# Every night: systemctl enable --now dump@DOMAIN.timer
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

# A link in its place, made by who may write in the site's folder, would have this write elsewhere.
check_folder() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then return; fi
  fail "$domain has no database here: $1 is missing, or is no folder."
}

# whole FILE: its last line says so.
whole() { tail --lines 1 "$1" | grep --quiet "^$(declared DumpEnd "$app")"; }

write_dump() {
  local partial=$1 room
  room=$(disk_room "${1%/*}")
  ((room > 0)) || fail "$domain was not dumped: the disk of ${1%/*} is full, except for the host's reserve" \
    "(FREEHOLD_DISK_RESERVE_MB). Free some space. The previous dump is unchanged."
  (umask 077 && set -C && : >"$partial") || fail "$partial could not be made."
  # One byte more than there is room for shows that the dump was cut off.
  docker exec "${database}_$domain" dump | head --bytes $((room + 1)) >"$partial" || is_cut_off "$partial" "$room" \
    || fail "$domain was not dumped: the database stopped or refused; its message is above. The previous dump is unchanged."
  ! is_cut_off "$partial" "$room" || fail "$domain was not dumped: its dump takes more than the $((room / 1000000)) MB that" \
    "the disk of ${1%/*} has beside the host's reserve (FREEHOLD_DISK_RESERVE_MB). Free some space. The previous dump is unchanged."
  whole "$partial" || fail "$domain was not dumped whole: its end is missing. The previous dump is unchanged."
  # Its content is the owner's: for root, and for the database that loads it.
  chown "root:$(declared DumpGroup "$app")" "$partial"
  chmod 640 "$partial"
  sync "$partial"
}

# is_cut_off FILE BYTES
is_cut_off() { (($(stat --format %s "$1") > $2)); }

is_stopped() { case "$(unit_state "$app@$domain")" in inactive | failed) ;; *) return 1 ;; esac; }

# Only where the site does not run: a database that is about to come back is its unit's to start.
start_database() {
  is_stopped || return 0
  [ "$(unit_state "$database@$domain")" != active ] || return 0
  started=yes
  systemctl start "$database@$domain" || fail "The database of $domain does not start: see journalctl -u $database@$domain."
}

clean_up() {
  rm -f "$partial"
  # Not if somebody has started the site meanwhile.
  if [ "$started" = yes ] && is_stopped; then systemctl stop "$database@$domain"; fi
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 1 ] || refuse "Tell the domain, and nothing else; see --help."
  domain=$1
  started=no
  check_domain "$domain"
  need_root
  app=$(database_of "$domain")
  [ -n "$app" ] || fail "There is no database of $domain on this host to be dumped."
  read -r database _ <<<"$(declared Database "$app")"
  dump=/data/domains/$domain/$(declared Dump "$app")
  local folder=${dump%/*}
  partial=$folder/.${dump##*/}.new
  check_folder "$folder"
  # Two at once would get in each other's way.
  exec 9<"$folder"
  flock --nonblock 9 || fail "Another dump of $domain is under way."
  trap clean_up EXIT
  rm -f "$partial"
  start_database
  write_dump "$partial"
  mv --no-target-directory "$partial" "$dump"
  sync "$folder"
  say "$dump holds the database of $domain, $(stat --format %s "$dump" | numfmt --to=si)B."
}

main "$@"
