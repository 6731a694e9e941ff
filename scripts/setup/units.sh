# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Installs the unit files, and starts the edge through them. Part of setup.sh.

# install_file SOURCE TARGET: only if different
install_file() {
  cmp --silent "$1" "$2" && return
  change install -D --mode 644 "$1" "$2"
  changed+=("${2#/etc/systemd/system/}")
}

# install_files FOLDER FILE …: those that differ
install_files() {
  local folder=$1 file different=()
  shift
  for file in "$@"; do
    cmp --silent "$file" "$folder/${file##*/}" || different+=("$file")
  done
  [ ${#different[@]} -gt 0 ] || return 0
  change install -D --mode 644 --target-directory "$folder" "${different[@]}"
  for file in "${different[@]/#*\//$folder/}"; do changed+=("${file#/etc/systemd/system/}"); done
}

install_units() {
  local changed=() folder="$repository/unit-files" system=/etc/systemd/system library=/usr/local/lib/freehold settings
  # The scripts that units run, independent of this checkout. First, since new units need new scripts, and old units run with these too.
  install_files "$library" "$here"/{apps-lib,container-names}.sh \
    "$here"/host/{acme-is-due,await-image,call-discovery,needs-import,pause,retry,share-certificate,site,start-sites,until-unchanged}.sh
  install_files "$system" "$folder"/*.{service,socket,timer,path}
  for settings in "$folder"/*.d; do install_files "$system/${settings##*/}" "$settings"/*.conf; done
  # Before tmpfiles.conf, which makes sites wait for it at boot.
  systemctl is-enabled --quiet start-sites 2>/dev/null || change systemctl enable --quiet start-sites
  install_file "$folder/tmpfiles.conf" /etc/tmpfiles.d/freehold.conf
  install_declarations
  repeat systemd-tmpfiles --create /etc/tmpfiles.d/freehold.conf
  if [ ${#changed[@]} -gt 0 ]; then
    say "Unit files new or changed: ${changed[*]}"
    change systemctl daemon-reload
    watch_certificates
  else
    say "Unit files: up to date."
  fi
  remove_former_scripts
  is_on discovery.socket || change systemctl enable --quiet --now discovery.socket
  rename_containers
  adopt_sites
}

# For one release: dump@ ran a script.
remove_former_scripts() {
  local file
  for file in "$library"/{dump-site,lib,host-lib}.sh; do
    [ ! -e "$file" ] || change rm "$file"
  done
}

# Exactly the files of this version.
install_declarations() {
  local file
  install_files "$library/apps" "$folder"/apps/*.conf
  for file in "$library"/apps/*.conf; do
    [ ! -e "$file" ] || [ -e "$folder/apps/${file##*/}" ] || change rm "$file"
  done
}

# For one release. container-names.path does the same after a roll-back to a version before this.
rename_containers() {
  is_on container-names.path || change systemctl enable --quiet --now container-names.path
  repeat bash /usr/local/lib/freehold/container-names.sh
}

# Sites keep running during an upgrade; new units beside them are started by it.
watch_certificates() {
  local unit
  for unit in $(systemctl list-units --plain --no-legend --state active "${site_apps[@]/%/@*.service}" | awk '{ print $1 }'); do
    unit=${unit#*@}
    change systemctl start "certificate@${unit%.service}.path"
  done
}

# Sites that started before their units recorded Docker's data about their containers. import@ was active for as long
# as its site: it would not run again.
adopt_sites() {
  local name domain unit
  # With --print, there may be no Docker yet.
  docker_answers || return 0
  docker ps --filter label=freehold.site --format '{{.Names}} {{.Label "freehold.site"}}' | while read -r name domain; do
    [ -e "/run/freehold/containers/$domain" ] || change sh /usr/local/lib/freehold/site.sh note "$name" "$domain" \
      || say "Docker has no data about the container $name. Restart its site if it is not served." >&2
    # For gitpuller-check@, as static-git@ does it.
    [[ $name != static-git_* || -e /run/freehold/networks/$domain ]] \
      || change sh /usr/local/lib/freehold/site.sh network "$name" "$domain" || true
  done
  for unit in $(systemctl list-units --plain --no-legend --state active 'import@*.service' | awk '{ print $1 }'); do
    change systemctl stop --job-mode=ignore-dependencies "$unit"
  done
}

# is_older UNIT FILE …: it is running, but started before one of the files was changed.
is_older() {
  local unit=$1 since file
  shift
  [ "$(unit_state "$unit")" = active ] || return
  since=$(date --date "$(systemctl show --property ActiveEnterTimestamp --value "$unit")" +%s)
  for file in "$@"; do
    [ "$(stat --format %Y "$file")" -le "$since" ] || return 0
  done
  return 1
}

# is_outdated UNIT IMAGE FILE …: it is running, but started before one of the files was changed, or from an image that was
# replaced.
is_outdated() {
  local unit=$1 image=$2
  shift 2
  is_older "$unit" "$@" && return
  [ "$(unit_state "$unit")" = active ] || return
  [ "$(docker inspect --format '{{.Image}}' "$unit")" != "$(docker image inspect --format '{{.Id}}' "$image")" ]
}

restart_outdated() {
  local unit=$1
  is_outdated "$@" || return 0
  say "Restarting $unit: its unit, image or settings have changed"
  # With units of the previous version, haproxy would be restarted with haproxy-confd.
  change systemctl restart --job-mode=ignore-dependencies "$unit"
}

edge_answers() { curl --silent --output /dev/null --max-time 2 http://127.0.0.1/; }

# haproxy keeps serving while haproxy-confd is restarted.
start_edge() {
  local units=/etc/systemd/system files
  files=("$units/haproxy-confd.service" "$host_env")
  # In a cluster: confd passes a renewed certificate on to HAProxy.
  [ ! -e /data/runtime/haproxy/hop.pem ] || files+=(/data/runtime/haproxy/hop.pem)
  restart_outdated haproxy-confd freehold/confd "${files[@]}"
  if is_outdated haproxy freehold/haproxy "$units/haproxy.service"; then replace_haproxy; fi
  if systemctl is-enabled --quiet haproxy 2>/dev/null && edge_answers; then
    say "HAProxy: serves."
    return
  fi
  say "Starting HAProxy, and haproxy-confd with it"
  change systemctl enable --quiet --now haproxy
  wait_for 30 edge_answers || fail "HAProxy does not answer on port 80 after 30 s. See journalctl -u haproxy -u haproxy-confd."
}
