# shellcheck shell=bash disable=SC2154 # some variables are those of host-lib.sh and of those who source it
# The app of a domain on this host, and settings of its units. A part of restore.sh.

# Whether this host is a member of a cluster, whose mail routes no host may write.
is_member() { [ -n "$(setting FREEHOLD_ETCD_CERT)" ]; }

# The app of a site that runs or starts with the host; nothing if there is none.
app_here() {
  local app
  for app in "${site_apps[@]}"; do
    if systemctl is-enabled --quiet "$app@$domain" 2>/dev/null || [ "$(unit_state "$app@$domain")" != inactive ]; then
      echo "$app"
      return
    fi
  done
}

# install_unit_settings FOLDER: the site's own settings of its units, and nothing else that may lie beside them: if one is
# not, none is installed.
install_unit_settings() {
  local file files
  mapfile -d '' -t files < <(find "$1" -type f -name '*.conf' -printf '%P\0')
  for file in "${files[@]}"; do
    [[ $file =~ ^[a-z-]+@([a-z0-9.-]+)\.(service|timer|path|socket)\.d/[A-Za-z0-9._-]+\.conf$ && ${BASH_REMATCH[1]} = "$domain" ]] \
      || fail "'$file' is no setting of a unit of $domain, and is not taken from the backup."
  done
  for file in "${files[@]}"; do
    if [ ! -e "/etc/systemd/system/$file" ] || cmp --silent "$1/$file" "/etc/systemd/system/$file"; then continue; fi
    fail "There is another /etc/systemd/system/$file on this host already, and it stays. Nothing was installed."
  done
  for file in "${files[@]}"; do
    [ -e "/etc/systemd/system/$file" ] || install -D --mode 644 "$1/$file" "/etc/systemd/system/$file" || return
  done
}
