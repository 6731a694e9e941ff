#!/usr/bin/env bash
# Writes a site's database to mysql/dump.sql in its folder, as of one moment, while the site goes on: from then on the
# folder /data/domains/DOMAIN is a whole backup. The dump before stays until the new one is whole and on disk.
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

mysql_group=10004

# A link in its place, made by who may write in the site's folder, would have this write elsewhere.
check_folder() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then return; fi
  fail "$domain has no database here: $1 is missing, or is no folder."
}

# whole FILE: the last line of mariadb-dump says so.
whole() { tail --lines 1 "$1" | grep --quiet '^-- Dump completed'; }

write_dump() {
  local partial=$1
  (umask 077 && set -C && : >"$partial") || fail "$partial could not be made."
  docker exec "mysql-$domain" dump >"$partial" \
    || fail "$domain was not dumped: the database's own words are above. The dump before is as it was."
  whole "$partial" || fail "$domain was not dumped whole: its end is missing. The dump before is as it was."
  # Its content is the owner's: for root, and for the database that loads it.
  chown "root:$mysql_group" "$partial"
  chmod 640 "$partial"
  sync "$partial"
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  [ $# -eq 1 ] || refuse "Tell the domain, and nothing else; see --help."
  domain=$1
  check_domain "$domain"
  need_root
  local folder=/data/domains/$domain/mysql
  check_folder "$folder"
  [ -n "$(docker ps --quiet --filter "name=^/mysql-$domain\$")" ] \
    || fail "The database of $domain does not run: systemctl start wordpress@$domain, then run this again."
  # Two at once would get in each other's way.
  exec 9<"$folder"
  flock --nonblock 9 || fail "Another dump of $domain is under way."
  rm -f "$folder/.dump.sql.new"
  trap 'rm -f "/data/domains/$domain/mysql/.dump.sql.new"' EXIT
  write_dump "$folder/.dump.sql.new"
  mv --no-target-directory "$folder/.dump.sql.new" "$folder/dump.sql"
  sync "$folder"
  say "$folder/dump.sql holds the database of $domain, $(stat --format %s "$folder/dump.sql" | numfmt --to=si)B."
}

main "$@"
