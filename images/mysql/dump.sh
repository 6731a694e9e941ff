#!/bin/sh
# Prints the site's database as SQL, as of one moment, while the site goes on. Its last line says that it is whole.
set -eu
exec mariadb-dump --single-transaction --quick --skip-lock-tables --hex-blob --triggers --routines --events "${MYSQL_DATABASE:-wordpress}"
