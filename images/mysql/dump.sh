#!/bin/sh
# Prints a consistent snapshot of the site's database as SQL while the site runs. Its last line shows that it is complete.
set -eu
exec mariadb-dump --single-transaction --quick --skip-lock-tables --hex-blob --triggers --routines --events "${MYSQL_DATABASE:-wordpress}"
