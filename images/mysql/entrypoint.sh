#!/bin/sh
# Creates the database on a first start, then becomes MariaDB. The environment's name of the database, its user
# and the password are applied at each start, so they are changed in .env.
set -eu

# shellcheck source-path=SCRIPTDIR source=../say.sh
. /usr/lib/freehold/say.sh
# shellcheck source-path=SCRIPTDIR source=lib/settings.sh
. /usr/lib/freehold/settings.sh
# shellcheck source-path=SCRIPTDIR source=lib/check-dump.sh
. /usr/lib/freehold/check-dump.sh
# shellcheck source-path=SCRIPTDIR source=lib/first-start.sh
. /usr/lib/freehold/first-start.sh
# shellcheck source-path=SCRIPTDIR source=lib/data-version.sh
. /usr/lib/freehold/data-version.sh

folder=/var/lib/mysql
data=$folder/db_files
dump=/srv/mysql/dump.sql
umask 077

check_folders() {
  [ -w "$folder" ] || fail "uid 10004 cannot write to $folder. Run chown on the folder that is mounted there."
  [ -w /run/mysqld ] || fail "uid 10004 cannot write to /run/mysqld. Run chown on the folder that is mounted there."
  mkdir -p "$folder/tmp"
}

main() {
  read_settings
  check_folders
  [ -d "$data/mysql" ] || make_database
  keep_data_version
  render_setup >/tmp/setup.sql
  exec mariadbd --silent-startup --init-file=/tmp/setup.sql
}

main
