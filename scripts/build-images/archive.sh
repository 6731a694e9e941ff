# shellcheck shell=bash disable=SC2154 # some variables are those of build-images.sh and release.sh
# Saves the images of a server in one archive. A part of build-images.sh and release.sh.

write_archive() {
  local file=$1 partial="$1.partial"
  shift
  case "$file" in
    *.zst) docker save "$@" | zstd --quiet --force -T0 -o "$partial" ;;
    *) docker save --output "$partial" "$@" ;;
  esac
  mv "$partial" "$file"
}

# save_images FILE: packed with zstd if FILE ends in .zst
save_images() {
  case "$1" in *.zst) ensure_command zstd zstd ;; esac
  quietly "Saving the images of a server to $1" write_archive "$1" "${images[@]/#/freehold/}"
}
