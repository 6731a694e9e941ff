# shellcheck shell=sh disable=SC2034,SC2154 # variables are shared with the entrypoint
# The settings, from the environment: MYSQL_DATABASE, MYSQL_USER (both 'wordpress' unless said) and MYSQL_PASS.

check_name() {
  case "$2" in
    '' | *[!A-Za-z0-9_]*) refuse "$1 must be of letters, digits and underscores, but is '$2'." ;;
    mysql | sys | information_schema | performance_schema | root) refuse "$1 must not be '$2', which is MariaDB's own." ;;
  esac
  [ "${#2}" -le 64 ] || refuse "$1 may have 64 characters, but has ${#2}."
}

read_settings() {
  MYSQL_DATABASE=${MYSQL_DATABASE:-wordpress}
  MYSQL_USER=${MYSQL_USER:-wordpress}
  check_name MYSQL_DATABASE "$MYSQL_DATABASE"
  check_name MYSQL_USER "$MYSQL_USER"
  [ -n "${MYSQL_PASS:-}" ] || refuse "MYSQL_PASS is missing: it stands in mysql/.env of the domain's folder."
  case "$MYSQL_PASS" in *[[:cntrl:]]*) refuse "MYSQL_PASS has a control character in it." ;; esac
}

# As text between quotes of SQL, read from standard input.
escaped() { sed "s/['\\\\]/\\\\&/g"; }

# The administrator is who runs inside this container; the site's own user has its one database and nothing else.
render_setup() {
  password=$(printf '%s' "$MYSQL_PASS" | escaped)
  # An underscore in a name of GRANT would stand for any character.
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
