# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh
# The versions of freehold that this host has: folders /opt/freehold-VERSION and images freehold/NAME:VERSION. A part of
# switch-version.sh.

kept_versions=3

# The newest first.
list_versions() { find /opt -maxdepth 1 -name 'freehold-*' -type d -printf '%T@ %f\n' | sort -rn | sed 's/.* freehold-//'; }

images_of() { docker image ls --filter "reference=freehold/*:$1" --format '{{.Repository}}'; }

# With all of its images, by its own list.
is_here() {
  local list=/opt/freehold-$1/scripts/setup/images.sh
  # shellcheck disable=SC1090 # each version has its own
  [ -f "$list" ] && [ "$(images_of "$1" | wc -l)" -ge "$(source "$list" && echo "${#images[@]}")" ]
}

# A host that was set up manually, or at its first boot, gets a version to roll back to, by-hand: its current one. A bare host
# has nothing, nor has one whose first deploy has failed.
keep_by_hand() {
  local image kept=/opt/freehold-by-hand used
  used=$(realpath /opt/freehold)
  if [ ! -d "$used/scripts" ] || [[ $used == /opt/freehold-* && $used != "$kept" ]]; then return; fi
  for image in $(images_of latest); do docker tag "$image:latest" "$image:by-hand" || return; done
  if [ "$used" != "$kept" ]; then
    rm -rf "$kept.new" "$kept" && mkdir "$kept.new" && cp --archive "$used"/{scripts,unit-files} "$kept.new" \
      && mv --no-target-directory "$kept.new" "$kept" || return
  fi
  echo by-hand
}

# The databases' images of all apps, one a line.
database_images() { declared Database | sed 's,^,freehold/,; s, .*,,' | sort -u; }

# All but the databases' images, unless there are none yet: see tag_databases.
tag_as_latest() {
  local image databases
  databases=$(database_images)
  for image in $(images_of "$1"); do
    if grep --quiet --line-regexp --fixed-strings "$image" <<<"$databases" && docker image inspect "$image:latest" >/dev/null 2>&1
    then continue; fi
    docker tag "$image:$1" "$image:latest" || return
  done
}

# A newer database server upgrades a site's data when the site starts, for whatever reason, and there is no way back. So
# its image becomes the latest only once the version is good.
tag_databases() {
  local image
  for image in $(database_images); do
    docker image inspect "$image:$1" >/dev/null 2>&1 || continue
    docker tag "$image:$1" "$image:latest" || return
  done
}

# A checkout that was put there manually is kept beside.
lead_to() {
  if [ -d /opt/freehold ] && [ ! -L /opt/freehold ]; then
    say "Moving the checkout in /opt/freehold to /opt/by-hand-freehold"
    rm -rf /opt/by-hand-freehold
    mv --no-target-directory /opt/freehold /opt/by-hand-freehold
  fi
  ln --symbolic --no-target-directory --force "freehold-$1" /opt/.freehold.new
  mv --no-target-directory /opt/.freehold.new /opt/freehold
}

# The file keeps its time: no program has to be restarted for this line.
remember() {
  local new="$host_env.new"
  [ "$(setting FREEHOLD_VERSION)" != "$1" ] || return 0
  { grep -v '^FREEHOLD_VERSION=' "$host_env"; echo "FREEHOLD_VERSION=$1"; } >"$new"
  chmod --reference "$host_env" "$new"
  touch --reference "$host_env" "$new"
  mv "$new" "$host_env"
}

# Whether a container is there of an image that this version alone has.
is_used() {
  local image
  for image in $(images_of "$1"); do
    [ "$(docker image inspect --format '{{len .RepoTags}}' "$image:$1")" = 1 ] || continue
    [ -z "$(docker ps --all --quiet --filter "ancestor=$image:$1")" ] || return 0
  done
  return 1
}

# forget_old VERSION …: all but the newest ones and these. One whose images a site still runs on is kept whole until that
# has been restarted, and tried again at the next deploy.
forget_old() {
  local version
  for version in $(list_versions | tail -n "+$((kept_versions + 1))"); do
    [[ " $* " != *" $version "* ]] || continue
    ! is_used "$version" || continue
    images_of "$version" | sed "s/\$/:$version/" | xargs --no-run-if-empty docker image rm >/dev/null 2>&1 || continue
    say "Deleted the old version $version"
    # Half of one would pass for it.
    mv --no-target-directory "/opt/freehold-$version" "/opt/.forgotten-$version"
    rm -rf /opt/.forgotten-*
  done
}
