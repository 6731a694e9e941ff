# shellcheck shell=sh
# Functions that log and fail. To be sourced.

say() { echo "$*"; }

fail() {
  echo "$*" >&2
  exit 1
}

refuse() {
  echo "$*" >&2
  exit 2
}
