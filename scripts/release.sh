#!/usr/bin/env bash
# Builds the release of this commit for this machine's architecture: one archive with the repository's files and the
# images of a server, and its SHA-256 checksum. docs/how-to/set-up-a-host.md describes how to install it.
#
#   scripts/release.sh [--output FOLDER] [--no-build]
#
#   --output FOLDER  the folder for freehold-VERSION-linux-ARCH.tar and .tar.sha256 (the current folder)
#   --no-build       packs the images of this machine's Docker, and builds none
#
# VERSION is the one in package.json, and CHANGELOG.md must describe it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=setup/images.sh
source "$here/setup/images.sh"
# shellcheck source-path=SCRIPTDIR source=build-images/archive.sh
source "$here/build-images/archive.sh"

read_version() { sed -n 's/^  "version": "\(.*\)",$/\1/p' "$repository/package.json"; }

# architecture: as Debian, Docker and Node's packages call it
architecture() {
  case "$(uname -m)" in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) fail "Cannot build a release on $(uname -m): freehold runs on x86_64 and aarch64." ;;
  esac
}

check_commit() {
  git -C "$repository" rev-parse --quiet --verify HEAD >/dev/null \
    || fail "Cannot build a release of $repository: it is not a git checkout."
  [ -z "$(git -C "$repository" status --porcelain --untracked-files=no)" ] \
    || fail "Cannot build a release of $repository: it has uncommitted changes. Commit them first."
  grep -qF "## [$1]" "$repository/CHANGELOG.md" \
    || fail "Cannot build release $1: CHANGELOG.md has no section [$1]. Write it first."
}

check_images() {
  local missing
  mapfile -t missing < <(missing_images "${images[@]}")
  [ ${#missing[@]} -eq 0 ] || fail "Cannot pack the images: Docker has no ${missing[*]/#/freehold/}. Omit --no-build to build them."
}

# pack NAME FILE: the files of the commit and the images, in a folder NAME
pack() {
  git -C "$repository" archive --prefix "$1/" --output "$2.partial" HEAD
  tar --append --file "$2.partial" --directory "$work" --transform "s,^,$1/," --owner 0 --group 0 --numeric-owner freehold-images.tar.zst
  mv "$2.partial" "$2"
}

main() {
  local output=. build=yes version name file
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --output) need_value "$@"; output=$2; shift ;;
      --no-build) build=no ;;
      *) refuse "Unknown argument '$1'. See '$0 --help'." ;;
    esac
    shift
  done
  [ -d "$output" ] || refuse "Cannot write the release to $output: no such folder."
  version=$(read_version)
  name=freehold-$version
  file=$(cd "$output" && pwd)/$name-linux-$(architecture).tar
  check_commit "$version"
  ensure_docker
  [ "$build" = no ] || "$here/build-images.sh" --no-sizes "${images[@]}"
  check_images
  work=$(mktemp --directory)
  # shellcheck disable=SC2064 # the paths as they are now
  trap "rm -rf '$work' '$file.partial' '$file.sha256.partial'" EXIT
  save_images "$work/freehold-images.tar.zst"
  quietly "Packing $file" pack "$name" "$file"
  (cd "$(dirname "$file")" && sha256sum "$(basename "$file")" >"$file.sha256.partial")
  mv "$file.sha256.partial" "$file.sha256"
  say "Release $version: $file and its checksum, $file.sha256"
}

main "$@"
