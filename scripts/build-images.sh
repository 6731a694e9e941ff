#!/usr/bin/env bash
# Builds freehold's images on this machine: all, or the given ones and those that they are based on. Unchanged images are
# not rebuilt. Independent images are built in parallel; the log of each is kept until the next build.
#
#   scripts/build-images.sh [--output FILE] [--fresh] [--no-sizes] [NAME …]
#   scripts/build-images.sh --release RELEASE [--fresh] [--no-sizes]
#
#   NAME …         folders of images/, such as: static wordpress test-host
#   --output FILE  also saves the images that a server needs in one archive, for `docker load` there
#                  (packed with zstd if FILE ends in .zst)
#   --fresh        builds everything again, with today's packages: for security updates
#   --release RELEASE
#                  builds only the bare server for tests, on another release of Debian, such as bookworm:
#                  freehold/test-server:RELEASE
#   --no-sizes     prints no table of sizes at the end
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=setup/images.sh
source "$here/setup/images.sh"
for part in buildkit order build report archive; do
  # shellcheck source=/dev/null
  source "$here/build-images/$part.sh"
done

# A deploy reuses images that were built from its commit before (packages/cli/src/edge/deploy/checkout.ts): from now on, it must use these.
forget_stale() {
  docker image ls --filter 'reference=freehold/*' --format '{{.Repository}}:{{.Tag}}' | sed -nE '/:[0-9a-f]{10}$/p' \
    | xargs --no-run-if-empty docker image rm >/dev/null
}

all_images() { find "$repository/images" -mindepth 2 -maxdepth 2 -name Dockerfile -printf '%h\n' | sed 's,.*/,,' | sort; }

build_images() {
  local builder logs
  ensure_docker
  ensure_buildkit
  # shellcheck disable=SC2034 # for build.sh
  builder=$(find_builder)
  logs=$(log_folder)/build
  mkdir -p "$logs"
  "$here/base-image.sh" ${fresh:+--fresh} ${release:+"$release"}
  copy_certificates
  say "Building ${#names[@]} images: ${names[*]}"
  build_all "${names[@]}"
}

main() {
  local output='' release='' sizes=yes fresh=() names=() asked=() name
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --output) need_value "$@"; output=$2; shift ;;
      --release) need_value "$@"; release=$2; shift ;;
      --fresh) fresh=(--no-cache) ;;
      --no-sizes) sizes=no ;;
      *) [ -f "$repository/images/$1/Dockerfile" ] || refuse "Unknown image '$1'. See 'build-images.sh --help'."; asked+=("$1") ;;
    esac
    shift
  done
  if [ -n "$release" ]; then
    [ -z "${asked[*]}$output" ] || refuse "--release builds test-server alone; see --help."
    asked=(test-server)
  fi
  [ ${#asked[@]} -gt 0 ] || mapfile -t asked < <(all_images)
  for name in "${asked[@]}"; do add_in_order "$name"; done
  build_images
  [ ${#fresh[@]} -eq 0 ] || forget_stale
  [ "$sizes" = no ] || print_sizes "${names[@]}"
  if [ -n "$output" ]; then
    save_images "$output"
    say "$output has $(megabytes "$(stat --format %s "$output")")"
  fi
}

main "$@"
