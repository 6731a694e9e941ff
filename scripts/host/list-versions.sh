#!/usr/bin/env bash
# Lists the versions of freehold that this host has, the newest first, and which is in use: 'freehold server versions'.
#
#   scripts/host/list-versions.sh
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program switch-step list
