# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# The first start: creates the system tables, and loads the site's dump if there is one. All in a temporary folder, renamed when
# it is complete: the next start repeats a first start that was killed.

# Runs in the background and waits, so that process 1 receives a SIGTERM immediately.
attended() {
  "$@" &
  child=$!
  trap 'kill "$child" 2>/dev/null || true; exit 143' TERM INT
  wait "$child"
}

system_tables() {
  printf '%s\n' 'CREATE DATABASE mysql;' 'USE mysql;'
  cat /usr/share/mariadb/mariadb_system_tables.sql
}

bootstrap() { system_tables | mariadbd --bootstrap --silent-startup --datadir="$1"; }

# After a crash of this server everything is repeated from the start, so nothing waits for the disk.
start_loader() {
  render_setup >/tmp/setup.sql
  mariadbd --silent-startup --datadir="$1" --socket=/tmp/loader.sock --init-file=/tmp/setup.sql \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=OFF &
  loader=$!
  until mariadb --socket=/tmp/loader.sock --execute 'DO 1' 2>/dev/null; do
    kill -0 "$loader" 2>/dev/null || fail "MariaDB ended before it had loaded the dump. Its messages are above."
    sleep 0.1
  done
}

as_site() {
  MYSQL_PWD=$MYSQL_PASS mariadb --socket=/tmp/loader.sock --user="$MYSQL_USER" --database="$MYSQL_DATABASE" "$@"
}

# Other engines have no transactions: a dump of them is not a consistent snapshot, and a crash may lose rows.
convert_tables() {
  as_site --skip-column-names --execute "SELECT CONCAT('ALTER TABLE \`', REPLACE(table_name, '\`', '\`\`'), '\` ENGINE=InnoDB;')
    FROM information_schema.tables WHERE table_schema = '$MYSQL_DATABASE' AND engine IN ('MyISAM', 'Aria')" >/tmp/convert.sql
  [ -s /tmp/convert.sql ] || return 0
  as_site --force </tmp/convert.sql || say "Some tables could not be converted to InnoDB. MariaDB's messages are above."
  say "Converted $(grep -c '' /tmp/convert.sql) tables of another engine to InnoDB."
}

load_dump() {
  start_loader "$1"
  code=0
  # shellcheck disable=SC3040 # this sh is busybox's, which supports it
  (set -o pipefail; part_of "$dump" | without_definers | as_site --sandbox --disable-local-infile --binary-mode) \
    2>/tmp/load-errors || code=$?
  [ "$code" != 0 ] || convert_tables
  kill "$loader"
  wait "$loader" || fail "MariaDB failed after it had loaded the dump. Its messages are above."
  [ "$code" = 0 ] || fail "Cannot load dump.sql: $(tail -n 1 /tmp/load-errors). Nothing of it is kept."
}

fill() {
  bootstrap "$1" || fail "MariaDB cannot create its system tables in $1. Its messages are above."
  if [ -e "$dump" ]; then
    load_dump "$1"
    say "Loaded dump.sql into the database $MYSQL_DATABASE."
  else
    say "Created a new database, $MYSQL_DATABASE; there was no dump.sql to load."
  fi
}

make_database() {
  if [ -e "$data" ]; then
    rmdir "$data" 2>/dev/null || fail "$data is not empty, but contains no MariaDB database. Move it away."
  fi
  [ ! -e "$dump" ] || check_dump "$dump"
  rm -rf "$data.new"
  mkdir "$data.new"
  attended fill "$data.new"
  sync -f "$data.new"
  mv "$data.new" "$data"
  sync -f "$data"
  trap - TERM INT
}
