#!/usr/bin/env bash
# Writes all of this host that cannot be made again to standard output, as a tar packed with gzip, while its sites run:
# their folders with their databases as of now, the list of sites and their settings, mail forwards, and what the
# operator has set. Its last entry is .whole. Called by 'freehold server back-up' of a control machine; scripts/host/restore.sh
# brings it back.
#
#   scripts/host/back-up.sh >FILE
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program back-up-step
