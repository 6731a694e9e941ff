# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables are shared with the entrypoint
# Whether a dump can be loaded: whole, and of this database. What it may do while it is loaded is another lock: it is
# loaded as the site's own user, by a client that opens no files and runs no programs.

# The databases that a dump names in USE, CREATE and DROP DATABASE, each in a line.
databases_in() {
  sed -n -E 's/^(USE|(CREATE|DROP) DATABASE)([[:space:]]+|\/\*[^*]*\*\/|IF (NOT )?EXISTS)*`?([^`; ]+)`?.*/\5/Ip' "$1"
}

check_dump() {
  [ -r "$1" ] || refuse "dump.sql cannot be read by uid 10004, group 10004: give it that group and mode 640."
  tail -n 3 "$1" | grep -q '^-- Dump completed' \
    || refuse "dump.sql is not whole: it does not end with the line '-- Dump completed', as mariadb-dump and" \
      "mysqldump write it. Bring a whole one. If another program wrote it and you know that it is whole, add that line."
  for name in $(databases_in "$1"); do
    [ "$name" = "$MYSQL_DATABASE" ] \
      || refuse "dump.sql names the database '$name', and the one of this site is '$MYSQL_DATABASE': dump that one alone" \
        "(mariadb-dump NAME), or set MYSQL_DATABASE in mysql/.env and DB_NAME in wordpress/.env to its name."
  done
}
