# shellcheck shell=bash disable=SC2154 # some variables are those of deploy.sh
# Sends a server the images that it lacks, and only those layers that it lacks. A part of deploy.sh.

# In lines of JSON, the layers of each image that the server's Docker has. An image that it has already, by another
# version's name, gets this one's; the file lacks-SERVER has what is left.
ask_images() {
  local image ids=()
  # shellcheck disable=SC2016 # the server's shell expands it
  on "$1" bash -c 'docker image ls --quiet --no-trunc | sort -u \
    | xargs --no-run-if-empty docker image inspect --format "{{json .RootFS.Layers}}"' >"$notes/layers-$1" || return
  for image in "${tagged[@]}"; do ids+=("$(docker image inspect --format '{{.Id}}' "$image")" "$image"); done
  # shellcheck disable=SC2016 # the server's shell expands it
  on "$1" bash -c 'while [ $# -gt 0 ]; do docker tag "$1" "$2" 2>/dev/null || echo "$2"; shift 2; done' tag "${ids[@]}" >"$notes/lacks-$1"
}

# Docker saves whole images: once for all servers, as files that are then picked from. One server's part waits here for
# the other's.
save_images() {
  local code=0
  exec 8>"$notes/saving"
  flock 8
  [ -d "$notes/images" ] || save_to "$notes/images.new" || code=1
  flock --unlock 8
  return "$code"
}

# save_to FOLDER: half of it is no use to the next server.
save_to() {
  mkdir "$1" && docker save "${tagged[@]}" | tar --extract --directory "$1" && unlink_layers "$1" \
    && mv "$1" "$notes/images" && return
  rm -rf "$1"
  say "Cannot save the images in ${TMPDIR:-/tmp}; the reason is above. A deploy needs room for all of them there;" \
    "TMPDIR sets another folder." >&2
  return 1
}

# Docker before 25 makes a symbolic link of a layer that it has saved for another image, and the other may be skipped.
unlink_layers() {
  local link
  find "$1" -type l | while read -r link; do ln --force "$(realpath "$link")" "$link"; done
}

# The files of layers that the server has, below the same ones, are skipped: Docker needs a layer's file only when it
# lacks the layer. Entries of manifest.json and of the images' descriptions are in the same order.
known_files() {
  local image
  for image in "${tagged[@]}"; do
    docker image inspect --format "{\"tag\":\"$image\",\"layers\":{{json .RootFS.Layers}}}" "$image"
  done | jq --raw-output --slurp --slurpfile known "$1" --slurpfile manifest "$notes/images/manifest.json" '
    def chains: [range(1; length + 1) as $n | .[:$n] | join(" ")];
    (map({key: .tag, value: (.layers | chains)}) | from_entries) as $chains
    | ($known | map(chains[]) | map({key: ., value: true}) | from_entries) as $has
    | [$manifest[0][] | . as $image | $chains[$image.RepoTags[]] as $own | range(0; $image.Layers | length) as $n
        | {file: $image.Layers[$n], known: ($has[$own[$n]] // false)}]
    | group_by(.file)[] | select(all(.known)) | "./" + .[0].file'
}

# send_images SERVER
send_images() {
  local server=$1 left_out="$notes/left-out-$1" code=0
  ask_images "$server" || return
  [ -s "$notes/lacks-$server" ] || return 0
  save_images && known_files "$notes/layers-$server" >"$left_out" || return
  say "Sending images: $(sent_size "$left_out") of $(du --summarize --si "$notes/images" | cut -f 1), because the server has the other layers"
  load "$server" --exclude-from "$left_out" || code=$?
  [ "$code" != 0 ] || return 0
  # More is no help to a server that was lost, or has no room.
  if [ "$code" = 255 ] || grep --quiet 'no space left' "$notes/loading-$server"; then return "$code"; fi
  say "Docker on the server cannot load only some layers: sending all"
  load "$server"
}

sent_size() { (cd "$notes/images" && du --summarize --si --exclude-from "$1" . | cut -f 1); }

# load SERVER [OPTION OF TAR …]
load() {
  local code=0
  tar --create --directory "$notes/images" --anchored --no-wildcards "${@:2}" . | gzip -1 \
    | on "$1" docker load --quiet 2>"$notes/loading-$1" >/dev/null || code=$?
  cat "$notes/loading-$1" >&2
  return "$code"
}
