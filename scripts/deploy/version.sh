# shellcheck shell=bash disable=SC2154 # some variables are those of deploy.sh
# The version to deploy: the commit of this checkout, and images built from it by this machine's Docker. A part of deploy.sh.

# What a server needs of the repository.
deployed=(scripts unit-files docs README.md CHANGELOG.md LICENSE)

# An image by what makes it, and not by its id: two builds of the same are the same.
fingerprint='{{.RootFS.Layers}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.Env}} {{.Config.User}} {{.Config.StopSignal}}'

check_checkout() {
  git -C "$repository" rev-parse --quiet --verify HEAD >/dev/null \
    || fail "$repository is not a git checkout, so it has no version to deploy."
  [ -z "$(git -C "$repository" status --porcelain --untracked-files=no)" ] \
    || fail "$repository has uncommitted changes, of which only a part would be deployed. Commit them first."
}

# The images of this commit, built if they are not here; or, with --no-build, the latest that Docker has.
provide_built() {
  local commit=$1 build=$2 image missing=()
  if [ "$build" = no ]; then source_tag=latest; else source_tag=$commit; fi
  for image in "${images[@]}"; do
    docker image inspect "freehold/$image:$source_tag" >/dev/null 2>&1 || missing+=("$image")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$build" = yes ] || fail "Docker on this machine has no images of ${missing[*]}. Omit --no-build to build them."
  "$repository/scripts/build-images.sh" "${images[@]}"
  for image in "${images[@]}"; do docker tag "freehold/$image:latest" "freehold/$image:$commit"; done
}

# name_version BUILD: fills `version`, and tags the images with it.
name_version() {
  local commit image made source_tag
  check_checkout
  commit=$(git -C "$repository" rev-parse --short=10 HEAD)
  provide_built "$commit" "$1"
  made=$(for image in "${images[@]}"; do docker image inspect --format "$fingerprint" "freehold/$image:$source_tag"; done | sha256sum)
  version=$commit-${made:0:6}
  for image in "${images[@]}"; do docker tag "freehold/$image:$source_tag" "freehold/$image:$version"; done
}

# The commit that was built, even if another one has been checked out since.
export_files() {
  mkdir "$notes/files"
  git -C "$repository" archive "${version%-*}" "${deployed[@]}" | tar --extract --directory "$notes/files"
  : >"$notes/files/.whole"
}
