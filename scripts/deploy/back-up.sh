#!/usr/bin/env bash
# Backs servers up, while their sites run: 'freehold server back-up'. Of each one file with all that cannot be made again
# (sites' folders with their databases as of now, the list of sites, settings, mail forwards). It contains keys and passwords,
# so only you can read it.
#
#   scripts/deploy/back-up.sh SERVER… [--to FOLDER]
#
#   SERVER       HOST or USER@HOST, as for ssh, or all: the servers in ~/.config/freehold/servers
#   --to FOLDER  where the files SERVER-YYYYMMDD-HHMMSS.tar.gz go (the current folder). None is ever replaced or deleted
#
# An incomplete backup is deleted. Restore: scripts/deploy/restore.sh.
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=by-freehold.sh
source "$(dirname "${BASH_SOURCE[0]}")/by-freehold.sh"
provide_any_command
by_freehold server back-up "$@"
