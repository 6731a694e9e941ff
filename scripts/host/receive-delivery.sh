#!/usr/bin/env bash
# Takes the data of a site from standard input and puts it in its place, once it is complete. Called by 'freehold site add' and
# scripts/deploy/import-site.sh of a control machine; the work is done by the command freehold of this host
# (packages/cli/src/edge/add/upload-step.ts).
#
#   scripts/host/receive-delivery.sh DOMAIN FOR folder        a tar of the folder, whose last entry is .whole
#   scripts/host/receive-delivery.sh DOMAIN FOR ENDING BYTES  an archive of so many bytes, as it is; ENDING as in .tar.gz
#
#   FOR  import: it goes where the site's start imports it. An app: if such a site can be new here, it is put aside for
#        add-site.sh --take /data/import/.add-DOMAIN[ENDING], in the place of what an earlier run has left there
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/own-program.sh"
become_own_program upload-step "$@"
