#!/usr/bin/env bash
# Refuses to switch to a version whose database server is older than the data of a site on this host: MariaDB, for one,
# upgrades its data at its first start, and an older one cannot read it any more. Changes nothing.
#
#   scripts/host/check-databases.sh VERSION ['APP IMAGE SERVER PROGRAM FILES RECORD' …]
#
#   APP …  a database, as the app declares it (docs/reference/app-declaration.md); without one, all that the apps of this version have
#
# Called by switch-version.sh, and by scripts/deploy/deploy.sh --to, which sends it: the version that it goes back to may
# not have it. So it needs no other file then.
set -euo pipefail

first_series() { grep -oE '[0-9]+\.[0-9]+' | head -n 1; }

# series_of IMAGE: as in 11.8. Images made before they had the label are asked.
series_of() {
  local label
  label=$(docker image inspect --format '{{index .Config.Labels "freehold.data-version"}}' "$1") || return
  if [ -n "$label" ]; then first_series <<<"$label"; return; fi
  docker run --rm --pull never --log-driver none --network none --entrypoint "$program" "$1" --version 2>/dev/null | first_series
}

# image_of DOMAIN: what its database runs on, or will at its next start.
image_of() {
  local used
  used=$(docker ps --all --quiet --filter "volume=$folder/$1/${files%/*}" | xargs --no-run-if-empty \
    docker inspect --format '{{.Image}}' | head -n 1)
  echo "${used:-$image:latest}"
}

# data_series DOMAIN: the server notes it; before it did, it was the one that runs.
data_series() { first_series 2>/dev/null <"$folder/$1/$record" || series_of "$(image_of "$1")"; }

# newer_than SERIES: lines of DOMAIN (SERIES) of the sites that it cannot serve.
newer_than() {
  local path domain own
  for path in "$folder"/*/"$files"/; do
    [ -d "$path" ] || continue
    domain=${path#"$folder/"}
    domain=${domain%%/*}
    own=$(data_series "$domain") || { echo "$domain (unknown)"; continue; }
    if dpkg --compare-versions "$1" lt "$own"; then echo "$domain ($own)"; fi
  done
}

# check APP IMAGE SERVER PROGRAM FILES RECORD
check() {
  local app=$1 image=freehold/$2 server=$3 program=$4 files=$5 record=$6 target newer
  # The version is older than this database.
  docker image inspect "$image:$version" >/dev/null 2>&1 || return 0
  target=$(series_of "$image:$version") \
    || { echo "Cannot switch to version $version: the $server of its image $image does not start. Nothing was changed." >&2; return 1; }
  newer=$(newer_than "$target")
  [ -n "$newer" ] || return 0
  cat >&2 <<EOT
Cannot switch to version $version: its $server $target cannot read the databases of these sites, which a newer $server has
upgraded: ${newer//$'\n'/, }. Nothing was changed.
To switch anyway, run for each of them: scripts/remove-site.sh DOMAIN, which dumps the database and keeps the data; then
switch; then scripts/add-site.sh DOMAIN --app $app, which loads the dump.
EOT
  return 1
}

main() {
  [ "${1:-}" != --help ] || { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; return; }
  local version=$1 folder=/data/runtime/domains databases=("${@:2}") database
  if [ ${#databases[@]} -eq 0 ]; then
    # shellcheck source-path=SCRIPTDIR source=../apps-lib.sh
    source "$(dirname "$0")/../apps-lib.sh"
    mapfile -t databases < <(describe_databases)
  fi
  for database in "${databases[@]}"; do
    # shellcheck disable=SC2086 # several words
    check $database || return
  done
}

main "$@"
