# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # variables are shared with the entrypoint
# Checks whether a dump can be loaded: complete, and for this database. Its privileges are limited in another way: it is
# loaded as the site's own user, by a client that opens no files and runs no programs.

# The part of a dump for this database: all of it, or, in a dump of several databases that contains this one
# (mariadb-dump --all-databases), the part before the first of them, and the part of this one.
part_of() {
  if grep -q "^-- Current Database: \`$MYSQL_DATABASE\`" "$1"; then
    # The hold space has the latest such line.
    sed -n -e '/^-- Current Database: /h' -e x -e '/^$/{x;p;d' -e '}' \
      -e "/^-- Current Database: \`$MYSQL_DATABASE\`/{x;p;d" -e '}' -e x "$1"
  else
    cat "$1"
  fi
}

# The definer of a view, a trigger or a procedure does not exist here: it becomes this site's user.
without_definers() { sed -E '/^(\/\*!50|CREATE )/s/ DEFINER=(`[^`]*`|[^ @]+)@(`[^`]*`|[^ *]+)/ /'; }

# The databases in USE, CREATE and DROP DATABASE of the SQL on standard input, one per line.
databases() {
  sed -n -E 's/^[[:space:]]*(\/\*![0-9]+[[:space:]]*)?(USE|(CREATE([[:space:]]+OR[[:space:]]+REPLACE)?|DROP)[[:space:]]+(DATABASE|SCHEMA))([[:space:]]+|\/\*[^*]*\*\/|IF (NOT )?EXISTS)*([[:space:]`]|\/)`?([^`; *]+)`?.*/\9/Ip'
}

check_dump() {
  [ -r "$1" ] || refuse "uid 10004 (group 10004) cannot read dump.sql. Set its group to 10004 and its mode to 640."
  tail -n 3 "$1" | grep -q '^-- Dump completed' \
    || refuse "dump.sql is incomplete: its last line is not '-- Dump completed', which mariadb-dump and mysqldump write." \
      "Export it again. If another program created it and you know that it is complete, add that line."
  for name in $(part_of "$1" | databases); do
    [ "$name" = "$MYSQL_DATABASE" ] \
      || refuse "dump.sql contains the database '$name', but this site's database is '$MYSQL_DATABASE'. Dump only that one" \
        "(mariadb-dump NAME), or set MYSQL_DATABASE in mysql/.env and DB_NAME in wordpress/.env to its name."
  done
}
