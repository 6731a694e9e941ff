#!/usr/bin/env bash
# Writes a consistent snapshot of a site's database to a file in its folder, while the site runs: 'freehold site dump'. From
# then on the folder /data/domains/DOMAIN is a complete backup. The previous dump stays until the new one is complete and on
# disk. The database of a stopped site runs during the dump. The site's app declares the file (Dump=): for WordPress
# mysql/dump.sql.
#
#   scripts/dump-site.sh DOMAIN
#
# Every night: systemctl enable --now dump@DOMAIN.timer
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=command-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/command-lib.sh"
become_command site dump "$@"
