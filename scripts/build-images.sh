#!/usr/bin/env bash
# Builds freehold's images, all or those named, on this machine. Nothing is done again that has not changed.
#
#   scripts/build-images.sh [--output FILE] [--fresh] [NAME …]
#
#   NAME …         of: build node discovery import gitpuller confd postfix-config haproxy postfix static mysql wordpress
#                  dokuwiki test-tools test-host
#   --output FILE  also saves the images that a server needs in one archive, for `docker load` there
#                  (packed with zstd if FILE ends in .zst)
#   --fresh        builds everything anew, with today's packages: for security updates
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"

programs=(discovery import gitpuller confd postfix-config)
server_images=("${programs[@]}" haproxy postfix static mysql wordpress dokuwiki)
images=(build node "${server_images[@]}" test-tools test-host)
fresh=()

base_of() {
  case "$1" in
    discovery | import | gitpuller | confd | postfix-config) echo freehold/node ;;
    build | test-tools | test-host) echo debian:trixie-slim ;;
    *) echo '' ;;
  esac
}

# Docker would look for a missing image at a registry, where it is not ours.
check_ingredients() {
  local needed=()
  case "$1" in
    node) needed=(freehold/build) ;;
    discovery | import | gitpuller | confd | postfix-config) needed=(freehold/build freehold/node) ;;
  esac
  local image
  for image in "${needed[@]}"; do
    docker image inspect "$image" >/dev/null 2>&1 \
      || fail "freehold/$1 is made from $image, which is not there: build that first."
  done
}

# Behind a proxy that opens TLS, npm needs the machine's own certificates; see images/build/Dockerfile.
bring_certificates() {
  local bundle=/etc/ssl/certs/ca-certificates.crt copy="$repository/images/build/machine-ca.crt"
  if [ -s "$bundle" ] && ! cmp -s "$bundle" "$copy"; then cp "$bundle" "$copy"; fi
}

build_image() {
  local name=$1 context="$repository/images" arguments=("${fresh[@]}") variable
  check_ingredients "$name"
  if [ "$name" = build ]; then
    context=$repository
    bring_certificates
  fi
  for variable in http_proxy https_proxy no_proxy; do
    if [ -n "${!variable:-}" ]; then arguments+=(--build-arg "$variable=${!variable}"); fi
  done
  quietly "Building freehold/$name" \
    docker build "${arguments[@]}" --force-rm --tag "freehold/$name:latest" \
    --file "$repository/images/$name/Dockerfile" "$context"
}

# A deploy takes the images that were built of its commit before (deploy/version.sh): from now on, those of today.
forget_stale() {
  docker image ls --filter 'reference=freehold/*' --format '{{.Repository}}:{{.Tag}}' | sed -nE '/:[0-9a-f]{10}$/p' \
    | xargs --no-run-if-empty docker image rm >/dev/null
}

size_of() { docker image inspect --format '{{.Size}}' "$1" 2>/dev/null || echo 0; }
megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }

print_sizes() {
  local name base size
  printf '\n%-22s %10s   %s\n' IMAGE SIZE 'ADDS TO ITS BASE'
  for name in "$@"; do
    base=$(base_of "$name")
    size=$(size_of "freehold/$name")
    printf '%-22s %10s   %10s to %s\n' "freehold/$name" "$(megabytes "$size")" \
      "$(megabytes $((size - $(size_of "${base:-scratch}"))))" "${base:-nothing}"
  done
}

write_archive() {
  local file=$1 partial="$1.partial"
  shift
  case "$file" in
    *.zst) docker save "$@" | zstd --quiet --force -T0 -o "$partial" ;;
    *) docker save --output "$partial" "$@" ;;
  esac
  mv "$partial" "$file"
}

save_images() {
  case "$1" in *.zst) ensure_command zstd zstd ;; esac
  quietly "Saving the images of a server to $1" write_archive "$1" "${server_images[@]/#/freehold/}"
  say "$1 has $(megabytes "$(stat --format %s "$1")")"
}

main() {
  local output='' names=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --output) need_value "$@"; output=$2; shift ;;
      --fresh) fresh=(--no-cache) ;;
      *) [ -f "$repository/images/$1/Dockerfile" ] || refuse "There is no image '$1'; see --help."; names+=("$1") ;;
    esac
    shift
  done
  [ ${#names[@]} -gt 0 ] || names=("${images[@]}")
  ensure_docker
  "$here/base-image.sh" ${fresh:+--fresh}
  local name
  for name in "${names[@]}"; do build_image "$name"; done
  [ ${#fresh[@]} -eq 0 ] || forget_stale
  print_sizes "${names[@]}"
  if [ -n "$output" ]; then save_images "$output"; fi
}

main "$@"
