#!/usr/bin/env bash
# Moves a site from one server to another. It runs 'freehold site move', whose --help has the details.
#
#   scripts/deploy/move-site.sh DOMAIN FROM TO [--pause SECONDS]
#   scripts/deploy/move-site.sh DOMAIN FROM TO --forget
#
#   --pause SECONDS  the site restarts at FROM if the move has not succeeded this long after its stop (120)
#   --forget         later, when DNS points to TO: removes the site from FROM, except its data
set -euo pipefail

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
if [ -n "${from_move_site:-}" ]; then
  echo "The command freehold on this machine is older than its scripts. Run scripts/build-images.sh cli, or 'npm ci'." >&2
  exit 1
fi
from_move_site=1 exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" site move --yes "$@"
