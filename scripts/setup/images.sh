# shellcheck shell=bash disable=SC2034,SC2154 # some variables are those of setup.sh
# freehold's images: from Docker, else from an archive, else built here. Part of setup.sh.

# shellcheck source-path=SCRIPTDIR source=../apps-lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../apps-lib.sh"

# The images of the edge, of certificates, of mail, and of the apps.
mapfile -t images < <({ printf '%s\n' acme cli discovery import confd haproxy postfix-config postfix; words_of Images; } | sort -u)
# The images for a host with --edge-only.
mapfile -t edge_images < <({
  printf '%s\n' cli discovery import confd haproxy
  for app in $(apps_with EdgeOnly); do words_of Images "$app"; done
} | sort -u)

# missing_images NAME …
missing_images() {
  local image
  for image in "$@"; do
    docker image inspect "freehold/$image" >/dev/null 2>&1 || echo "$image"
  done
}

find_archive() {
  local file
  for file in "$repository"/freehold-images.tar{,.zst} "$repository"/../freehold-images.tar{,.zst}; do
    if [ -r "$file" ]; then realpath "$file"; return; fi
  done
}

unpack_archive() {
  case "$1" in
    *.zst) zstd --decompress --stdout --quiet "$1" | docker load ;;
    *) docker load --input "$1" ;;
  esac
}

load_archive() {
  case "$1" in *.zst) ensure_command zstd zstd ;; esac
  quietly "Loading images from $1" unpack_archive "$1"
}

# check_loaded ARCHIVE NAME …
check_loaded() {
  local missing
  mapfile -t missing < <(missing_images "${@:2}")
  [ ${#missing[@]} -eq 0 ] || fail "$1 does not contain ${missing[*]/#/freehold/}."
}

# provide_images ARCHIVE NAME …: ARCHIVE may be empty
provide_images() {
  local missing archive=$1
  shift
  mapfile -t missing < <(missing_images "$@")
  if [ -z "$archive" ] && [ ${#missing[@]} -gt 0 ]; then archive=$(find_archive); fi
  if [ -n "$archive" ]; then
    load_archive "$archive"
    check_loaded "$archive" "$@"
  elif [ ${#missing[@]} -gt 0 ]; then
    say "Building the images, because there is no archive of them. This takes some minutes"
    change "$here/build-images.sh" --no-sizes "${missing[@]}"
  else
    say "Images: up to date."
  fi
}
