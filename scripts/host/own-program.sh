# shellcheck shell=bash
# The command freehold of these scripts' version. The installed program is of another version until setup.sh has unpacked
# this one. To be sourced, not run.

# Otherwise a failure within $(…) does not end it.
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../setup/programs.sh
source "$(dirname "${BASH_SOURCE[0]}")/../setup/programs.sh"

# The version that these scripts belong to.
own_version() {
  local folder
  folder=$(basename "$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")")
  echo "${folder#freehold-}"
}

# In a checkout with the packages of npm, the command runs from its sources.
has_sources() { [ -d "$(dirname "${BASH_SOURCE[0]}")/../../node_modules/commander" ]; }

# unpacked_program ID: prints the folder of the program of the image freehold/cli with that id.
unpacked_program() {
  if [ "$(image_of cli)" = "$1" ]; then echo "$programs/cli"; return; fi
  mkdir -p "$programs"
  [ -d "$programs/cli-$1" ] || unpack_image cli "$programs/cli-$1" "$1" >&2
  echo "$programs/cli-$1"
}

# become_own_program WORD …: replaces this script by the command. Without an image of this version, it is the installed one,
# which may be older, as after a git pull, and not know the first word.
become_own_program() {
  local id program
  if [ "$EUID" -eq 0 ] && id=$(image_id "freehold/cli:$(own_version)" 2>/dev/null); then
    FREEHOLD_PROGRAM=$(unpacked_program "$id")
    export FREEHOLD_PROGRAM
  fi
  program=${FREEHOLD_PROGRAM:-$programs/cli}/cli.mjs
  if [ -f "$program" ] && ! has_sources && ! grep --quiet --fixed-strings --regexp "$1" "$program"; then
    fail "The command freehold of this machine is of an older version than its scripts. Run scripts/setup.sh again."
  fi
  exec "$(dirname "${BASH_SOURCE[0]}")/../freehold" "$@"
}
