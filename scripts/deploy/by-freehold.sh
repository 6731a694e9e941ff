# shellcheck shell=bash
# Scripts here that are commands of 'freehold' become it. To be sourced, not run.

# by_freehold WORD …: a command of an older version would call the script again.
by_freehold() {
  if [ -n "${FREEHOLD_CALLED_BY:-}" ]; then
    echo "The command freehold of this machine is of an older version than its scripts. Run scripts/build-images.sh cli, or 'npm ci'." >&2
    exit 1
  fi
  FREEHOLD_CALLED_BY=$0 exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" "$@"
}
