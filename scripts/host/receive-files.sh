#!/usr/bin/env bash
# Takes an archive (tar) of files from standard input and puts it in the place of a folder, whole or not at all.
# Called by scripts/deploy/deploy.sh, which brings it along each time, as it is not here yet at the first. What is whole has
# a file .whole as its last.
#
#   scripts/host/receive-files.sh FOLDER MODE
set -euo pipefail

main() {
  local folder=$1 partial
  umask 022
  mkdir -p "$(dirname "$folder")"
  partial=$(mktemp --directory "$(dirname "$folder")/.${folder##*/}.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$partial'" EXIT
  tar --extract --no-same-owner --directory "$partial"
  [ -e "$partial/.whole" ] || { echo "The files for $folder arrived incomplete." >&2; return 1; }
  rm "$partial/.whole"
  chmod "$2" "$partial"
  rm -rf "$partial.old"
  [ ! -e "$folder" ] || mv --no-target-directory "$folder" "$partial.old"
  mv --no-target-directory "$partial" "$folder"
  rm -rf "$partial.old"
}

main "$@"
