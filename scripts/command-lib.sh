# shellcheck shell=bash
# Scripts for a host that are commands of 'freehold' become it. To be sourced, not run.

# shellcheck source-path=SCRIPTDIR source=host/own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/host/own-program.sh"

# become_command WORD …: a program of an older version would call the script again.
become_command() {
  if [ "${FREEHOLD_CALLED_BY:-}" = "${0##*/}" ]; then
    fail "The command freehold of this machine is of an older version than its scripts. Run scripts/setup.sh again."
  fi
  export FREEHOLD_CALLED_BY=${0##*/}
  become_own_program "$@"
}
