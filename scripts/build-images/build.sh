# shellcheck shell=bash disable=SC2154 # some variables are those of build-images.sh
# Builds images in parallel, each as soon as the images that it is based on are ready. Part of build-images.sh.

# Behind a proxy that intercepts TLS, npm needs the machine's own certificates; see images/build/Dockerfile.
copy_certificates() {
  local bundle=/etc/ssl/certs/ca-certificates.crt copy="$repository/images/build/machine-ca.crt"
  if [ -s "$bundle" ] && ! cmp -s "$bundle" "$copy"; then cp "$bundle" "$copy"; fi
}

# context_of NAME: the folder that its Dockerfile copies from.
context_of() {
  case "$1" in
    build | test-host-prepared) echo "$repository" ;;
    *) echo "$repository/images" ;;
  esac
}

start_build() {
  local name=$1 arguments=("${fresh[@]}") variable
  if [ -n "$release" ]; then arguments+=(--build-arg "RELEASE=$release"); fi
  for variable in http_proxy https_proxy no_proxy; do
    if [ -n "${!variable:-}" ]; then arguments+=(--build-arg "$variable=${!variable}"); fi
  done
  DOCKER_BUILDKIT=1 BUILDKIT_PROGRESS=plain "$builder" build "${arguments[@]}" --tag "freehold/$name:${release:-latest}" \
    --file "$repository/images/$name/Dockerfile" "$(context_of "$name")" >"$logs/$name.log" 2>&1 </dev/null &
  running[$name]=$! begun[$name]=$EPOCHSECONDS
}

# is_ready NAME: all images that it is based on have been built.
is_ready() {
  local ingredient
  for ingredient in $(ingredients_of "$1"); do
    [[ " ${waiting[*]} ${!running[*]} " != *" $ingredient "* ]] || return 1
  done
}

start_ready() {
  local name left=()
  for name in "${waiting[@]}"; do
    if [ ${#running[@]} -lt "$jobs" ] && is_ready "$name"; then start_build "$name"; else left+=("$name"); fi
  done
  waiting=("${left[@]}")
}

collect_ended() {
  local name
  for name in "${!running[@]}"; do
    ! kill -0 "${running[$name]}" 2>/dev/null || continue
    wait "${running[$name]}" || fail_build "$name"
    unset "running[$name]"
    built=$((built + 1))
    reported=$EPOCHSECONDS
    say "Image $built of $total: freehold/$name ($((EPOCHSECONDS - begun[$name])) s)"
  done
}

fail_build() {
  stop_builds
  tail -n 40 "$logs/$1.log" >&2
  fail "Cannot build freehold/$1; the end of its log is above, all of it in $logs/$1.log."
}

stop_builds() { kill "${running[@]}" 2>/dev/null || true; }

# build_all NAME …: in an order in which each image comes after those that it is based on.
build_all() {
  local waiting=("$@") total=$# built=0 reported=$EPOCHSECONDS jobs
  local -A running=() begun=()
  jobs=$(nproc)
  [ "$jobs" -ge 2 ] || jobs=2
  trap 'stop_builds; exit 130' INT TERM
  while [ ${#waiting[@]} -gt 0 ] || [ ${#running[@]} -gt 0 ]; do
    start_ready
    sleep 0.2
    collect_ended
    ((EPOCHSECONDS - reported < 30)) || { reported=$EPOCHSECONDS; say "Still building ${!running[*]}"; }
  done
  trap - INT TERM
}
