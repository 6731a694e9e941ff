# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables are shared with the entrypoint
# Whether a dump can be loaded: whole, and of this database. What it may do while it is loaded is another lock: it is
# loaded as the site's own user, by a client that opens no files and runs no programs.

# What of a dump is for this database: all of it, or where it is one of several databases and has this one
# (mariadb-dump --all-databases), what stands before the first of them, and this one's.
part_of() {
  if grep -q "^-- Current Database: \`$MYSQL_DATABASE\`" "$1"; then
    # The hold space has the latest such line.
    sed -n -e '/^-- Current Database: /h' -e x -e '/^$/{x;p;d' -e '}' \
      -e "/^-- Current Database: \`$MYSQL_DATABASE\`/{x;p;d" -e '}' -e x "$1"
  else
    cat "$1"
  fi
}

# Who made a view, a trigger or a procedure elsewhere is no user here: it becomes this site's.
without_definers() { sed -E '/^(\/\*!50|CREATE )/s/ DEFINER=(`[^`]*`|[^ @]+)@(`[^`]*`|[^ *]+)/ /'; }

# The databases that SQL on standard input names in USE, CREATE and DROP DATABASE, each in a line.
databases() {
  sed -n -E 's/^[[:space:]]*(\/\*![0-9]+[[:space:]]*)?(USE|(CREATE([[:space:]]+OR[[:space:]]+REPLACE)?|DROP)[[:space:]]+(DATABASE|SCHEMA))([[:space:]]+|\/\*[^*]*\*\/|IF (NOT )?EXISTS)*([[:space:]`]|\/)`?([^`; *]+)`?.*/\9/Ip'
}

check_dump() {
  [ -r "$1" ] || refuse "dump.sql cannot be read by uid 10004, group 10004: give it that group and mode 640."
  tail -n 3 "$1" | grep -q '^-- Dump completed' \
    || refuse "dump.sql is not whole: it does not end with the line '-- Dump completed', as mariadb-dump and" \
      "mysqldump write it. Bring a whole one. If another program wrote it and you know that it is whole, add that line."
  for name in $(part_of "$1" | databases); do
    [ "$name" = "$MYSQL_DATABASE" ] \
      || refuse "dump.sql names the database '$name', and the one of this site is '$MYSQL_DATABASE': dump that one alone" \
        "(mariadb-dump NAME), or set MYSQL_DATABASE in mysql/.env and DB_NAME in wordpress/.env to its name."
  done
}
