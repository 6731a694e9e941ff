#!/usr/bin/env bash
# Holds this server for one control machine that deploys to it: meanwhile no other one can deploy, and no site can be moved
# to or from it. scripts/deploy/deploy.sh brings this along, as a bare server does not have it.
#
#   scripts/host/hold-for-deploy.sh WHO    'held': until standard input ends, or nothing comes for 30 s. WHO is for the
#                                          message to others
set -euo pipefail

lock=/run/freehold-deploy.lock

# Runs of moves hold these (packages/cli/src/edge/move/hold.ts), and check for the lock above. Each takes its own lock first
# and checks for the other one after that, so both never run at once.
check_moves() {
  local file domain who
  for file in /run/freehold-moving-*.run; do
    if [ ! -e "$file" ] || flock --timeout 5 "$file" true; then continue; fi
    domain=${file#*-moving-} who=$(head -n 1 "$file")
    echo "Cannot deploy to this server: ${domain%.run} is being moved by ${who:-another run}. Run this again when the move has ended." >&2
    exit 1
  done
}

main() {
  if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; return; fi
  exec 9>>"$lock"
  flock --timeout 5 9 || { echo "Cannot deploy to this server: $(head -n 1 "$lock") is deploying to it." >&2; exit 1; }
  printf '%s\n' "$1" >"$lock"
  check_moves 9>&-
  echo held
  exec >/dev/null 2>&1
  while read -r -t 30 _; do :; done
}

main "$@"
