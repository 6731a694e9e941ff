# shellcheck shell=bash disable=SC2154 # some variables are those of build-images.sh
# Determines the dependencies between images from the Dockerfiles. Part of build-images.sh.

# ingredients_of NAME: the images of ours that its Dockerfile uses.
ingredients_of() {
  grep -oE '^(FROM |COPY --from=|RUN .*,from=)freehold/[a-z-]+' "$repository/images/$1/Dockerfile" \
    | sed 's,.*/,,' | sort -u || true
}

# base_of NAME: the image that the finished one adds to; nothing if it starts from scratch.
base_of() {
  sed -n "s/\${RELEASE}/${release:-trixie}/;s/^FROM \([^ ]*\).*/\1/p" "$repository/images/$1/Dockerfile" | tail -n 1 \
    | grep -v '^scratch$' || true
}

# add_in_order NAME: appends the images that it is based on to `names`, then the image itself.
add_in_order() {
  local ingredient
  [[ " ${names[*]} " != *" $1 "* ]] || return 0
  for ingredient in $(ingredients_of "$1"); do add_in_order "$ingredient"; done
  names+=("$1")
}
