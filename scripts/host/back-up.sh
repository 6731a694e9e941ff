#!/usr/bin/env bash
# Writes everything on this host that cannot be recreated to standard output, as a .tar.gz, while its sites run:
# their folders with their databases as of now, the list of sites and their settings, mail forwards, and what the
# operator has set. Its last entry is .whole. Called by scripts/deploy/back-up.sh; scripts/host/restore.sh brings it back.
#
#   scripts/host/back-up.sh >FILE
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=site-units.sh
source "$here/site-units.sh"

# What is to be known of one site: a line APP DOMAIN, where APP is - for one that is off, and settings of its own units.
note_site() {
  local path
  echo "$(app_here | grep . || echo -) $domain" >>"$notes/sites"
  while read -r path; do
    mkdir -p "$notes/units/$domain"
    cp --recursive "$path" "$notes/units/$domain/"
  done < <(unit_settings "$domain")
  if systemctl is-enabled --quiet "dump@$domain.timer" 2>/dev/null; then echo "$domain" >>"$notes/dumped"; fi
}

# What a backup has of a database is its dump. One that is not here any more, as of a site that was removed, has its last.
dump() {
  local app folder
  app=$(database_of "$domain")
  [ -n "$app" ] || return 0
  folder=$(dirname "/data/domains/$domain/$(declared Dump "$app")")
  [ -d "$folder" ] || return 0
  # One that is being made already, as every night, is waited for.
  flock --timeout 600 "$folder" true || true
  "$here/../dump-site.sh" "$domain" >/dev/null && return
  say "Cannot dump the database of $domain now. The backup contains its last dump, if there is one." >&2
  echo "$domain" >>"$notes/undumped"
}

note_host() {
  local file
  # As this host knows them, also while the majority of a cluster is away.
  by_etcdctl get --consistency=s --prefix /mail/ >"$notes/mail" || fail "etcd does not answer. Nothing was backed up, because the mail forwards would be missing."
  cp "$host_env" "$notes/host.env"
  # Its own, which no site's folder has.
  file=$certificates/$(setting FREEHOLD_HOST).pem
  [ ! -f "$file" ] || cp "$file" "$notes/"
  for file in /data/runtime/postfix/{*.local,srs-secret,relay-password}; do
    [ ! -f "$file" ] || cp --preserve=mode,ownership "$file" "$notes/postfix/"
  done
  # The account with the CA of automatic certificates.
  file=/data/acme/account.pem
  [ ! -f "$file" ] || cp --preserve=mode,ownership "$file" "$notes/acme-account.pem"
}

# While sites run, files change and vanish under it: tar's code 1. Uploads that wait to be imported are included, and
# unfinished ones are not. /data/domains, /data/import and a site's folder may be symbolic links, to a volume for example:
# by the path LINK/. tar follows them, and the archive has folders in their place.
send() {
  local code=0
  find /data/domains/ -mindepth 1 -maxdepth 1 -name '[!.]*' \
    \( -xtype d -printf 'domains/%f/.\0' -o -printf 'domains/%f\0' \) >"$folder/list"
  tar --create --gzip --numeric-owner --warning no-file-changed --warning no-file-removed --anchored \
    --exclude 'import/./.*' --transform 's,^\(domains/[^/]*\|import\)/\.,\1,S' --directory "$folder" backup domains \
    --directory /data import/. --null --verbatim-files-from --files-from "$folder/list" --no-null \
    --directory "$folder" .whole || code=$?
  [ "$code" -le 1 ] || fail "Cannot back up all files of this host; tar's messages above list those that it could not read."
}

has_files() { [ -n "$(find "/data/domains/$1/" -mindepth 1 -print -quit 2>/dev/null)" ]; }

# A site without its data: its volume may not be mounted.
report_missing() {
  local app domain
  while read -r app domain; do
    if has_files "$domain" || [ -n "$(deliveries "$domain")" ]; then continue; fi
    say "Cannot back up $app@$domain: /data/domains/$domain is missing or empty. Is its volume mounted?" >&2
    : >"$folder/missing"
  done < <(sites_of_systemd | sort -u)
}

is_site() { (check_domain "$1") 2>/dev/null; }

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  local folder notes domain
  need_root
  check_host
  [ -d /data/domains ] || fail "Cannot back up this host: /data/domains is missing, or a symbolic link to nothing. Is its volume mounted?"
  folder=$(mktemp --directory --tmpdir=/run freehold-backup.XXXXXX)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$folder'" EXIT
  notes=$folder/backup
  mkdir -p "$notes/postfix" "$notes/units" "$folder/domains"
  : | tee "$folder/.whole" "$notes/sites" "$notes/dumped" >"$notes/undumped"
  note_host
  while IFS= read -r domain; do
    is_site "$domain" || continue
    note_site
    dump </dev/null
  done < <(find /data/domains/ -mindepth 1 -maxdepth 1 -xtype d -printf '%f\n' | sort)
  report_missing
  send
  [ ! -s "$notes/undumped" ] && [ ! -e "$folder/missing" ]
}

main "$@"
