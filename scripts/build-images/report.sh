# shellcheck shell=bash disable=SC2154 # some variables are those of build-images.sh
# Prints the sizes of images. Part of build-images.sh.

size_of() { docker image inspect --format '{{.Size}}' "$1" 2>/dev/null || echo 0; }
megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }

print_sizes() {
  local name base size
  printf '\n%-27s %10s   %s\n' IMAGE SIZE 'ADDS TO ITS BASE'
  for name in "$@"; do
    base=$(base_of "$name")
    size=$(size_of "freehold/$name:${release:-latest}")
    printf '%-27s %10s   %10s to %s\n' "freehold/$name" "$(megabytes "$size")" \
      "$(megabytes $((size - $(size_of "${base:-scratch}"))))" "${base:-nothing}"
  done
}
