# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# The settings, from the environment: MYSQL_DATABASE, MYSQL_USER (both 'wordpress' by default) and MYSQL_PASS.

check_name() {
  case "$2" in
    '' | *[!A-Za-z0-9_]*) refuse "$1 must consist of letters, digits and underscores, but is '$2'." ;;
    mysql | sys | information_schema | performance_schema | root) refuse "$1 must not be '$2', which MariaDB uses itself." ;;
  esac
  [ "${#2}" -le 64 ] || refuse "$1 may have at most 64 characters, but has ${#2}."
}

read_settings() {
  MYSQL_DATABASE=${MYSQL_DATABASE:-wordpress}
  MYSQL_USER=${MYSQL_USER:-wordpress}
  check_name MYSQL_DATABASE "$MYSQL_DATABASE"
  check_name MYSQL_USER "$MYSQL_USER"
  [ -n "${MYSQL_PASS:-}" ] || refuse "MYSQL_PASS is missing. It belongs in mysql/.env of the domain's folder."
  case "$MYSQL_PASS" in *[[:cntrl:]]*) refuse "MYSQL_PASS contains a control character." ;; esac
}

# Escapes standard input for a quoted SQL string.
escaped() { sed "s/['\\\\]/\\\\&/g"; }

# The user inside this container is the administrator; the site's own user has access only to its database.
render_setup() {
  password=$(printf '%s' "$MYSQL_PASS" | escaped)
  # An underscore in a GRANT's database name would match any character.
  pattern=$(printf '%s' "$MYSQL_DATABASE" | sed 's/_/\\_/g')
  cat <<SQL
CREATE USER IF NOT EXISTS 'mysql'@'localhost' IDENTIFIED VIA unix_socket;
GRANT ALL ON *.* TO 'mysql'@'localhost' WITH GRANT OPTION;
CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;
CREATE USER IF NOT EXISTS '$MYSQL_USER'@'localhost';
ALTER USER '$MYSQL_USER'@'localhost' IDENTIFIED BY '$password';
GRANT ALL ON \`$pattern\`.* TO '$MYSQL_USER'@'localhost';
SQL
}
