#!/usr/bin/env bash
# Writes a consistent snapshot of a site's database to a file in its folder, while the site runs: from then on the folder
# /data/domains/DOMAIN is a complete backup. The previous dump stays until the new one is complete and on disk. The database of a
# stopped site runs during the dump. The site's app declares the file (Dump=): for WordPress mysql/dump.sql.
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

# A link in its place, created by somebody who can write to the site's folder, would redirect this to another place.
check_folder() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then return; fi
  fail "$domain has no database on this host: $1 is missing, or is not a folder."
}

# is_complete FILE: according to its last line.
is_complete() { tail --lines 1 "$1" | grep --quiet "^$(declared DumpEnd "$app")"; }

write_dump() {
  local partial=$1 room
  room=$(disk_room "${1%/*}")
  ((room > 0)) || fail "$domain was not dumped: the disk of ${1%/*} is full, except for the host's reserve" \
    "(FREEHOLD_DISK_RESERVE_MB). Free some space. The previous dump is unchanged."
  (umask 077 && set -C && : >"$partial") || fail "Cannot create $partial."
  # One byte more than fits shows that the dump was truncated.
  docker exec "${database}_$domain" dump | head --bytes $((room + 1)) >"$partial" || is_cut_off "$partial" "$room" \
    || fail "$domain was not dumped: the database failed; its message is above. The previous dump is unchanged."
  ! is_cut_off "$partial" "$room" || fail "$domain was not dumped: its dump is larger than the $((room / 1000000)) MB that" \
    "the disk of ${1%/*} has besides the host's reserve (FREEHOLD_DISK_RESERVE_MB). Free some space. The previous dump is unchanged."
  is_complete "$partial" || fail "$domain was not dumped completely: the end of the dump is missing. The previous dump is unchanged."
  # Its content is confidential: only root, and the database that loads it, may read it.
  chown "root:$(declared DumpGroup "$app")" "$partial"
  chmod 640 "$partial"
  sync "$partial"
}

# is_cut_off FILE BYTES
is_cut_off() { (($(stat --format %s "$1") > $2)); }

is_stopped() { case "$(unit_state "$app@$domain")" in inactive | failed) ;; *) return 1 ;; esac; }

# Only if the site is not running: otherwise its own unit restarts the database.
start_database() {
  is_stopped || return 0
  [ "$(unit_state "$database@$domain")" != active ] || return 0
  started=yes
  systemctl start "$database@$domain" || fail "The database of $domain does not start. See journalctl -u $database@$domain."
}

clean_up() {
  rm -f "$partial"
  # Not if somebody has started the site in the meantime.
  if [ "$started" = yes ] && is_stopped; then systemctl stop "$database@$domain"; fi
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 1 ] || refuse "Argument required: DOMAIN. See 'dump-site.sh --help'."
  domain=$1
  started=no
  check_domain "$domain"
  need_root
  app=$(database_of "$domain")
  [ -n "$app" ] || fail "$domain has no database on this host."
  read -r database _ <<<"$(declared Database "$app")"
  dump=/data/domains/$domain/$(declared Dump "$app")
  local folder=${dump%/*}
  partial=$folder/.${dump##*/}.new
  check_folder "$folder"
  # Two at once would interfere with each other.
  exec 9<"$folder"
  flock --nonblock 9 || fail "Another dump of $domain is in progress."
  trap clean_up EXIT
  rm -f "$partial"
  start_database
  write_dump "$partial"
  mv --no-target-directory "$partial" "$dump"
  sync "$folder"
  say "$dump contains the database of $domain, $(stat --format %s "$dump" | numfmt --to=si)B."
}

main "$@"
