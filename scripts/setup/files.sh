# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Folders, settings and the default certificate. Part of setup.sh.

programs_user=10001

# ensure_folder PATH MODE OWNER
ensure_folder() {
  [ "$(stat --format '%a %u' "$1" 2>/dev/null)" != "$2 $3" ] || return 0
  change install --directory --mode "$2" --owner "$3" --group "$3" "$1"
  changed+=("$1")
}

make_folders() {
  local changed=()
  ensure_folder /data 755 0
  ensure_folder /data/domains 711 0
  ensure_folder /data/import 711 0
  ensure_folder /data/runtime 755 0
  ensure_folder /data/runtime/domains 711 0
  # Postfix looks up sites in hosts.map as the user nobody, who may traverse the folder but not list it.
  ensure_folder /data/runtime/haproxy 751 "$programs_user"
  # acme, whose group is that of the programs, puts certificates of other members' sites there.
  ensure_folder "$certificates" 770 "$programs_user"
  ensure_folder /data/runtime/postfix 755 "$programs_user"
  ensure_folder /etc/freehold 755 0
  # Contains keys only in a cluster; units always mount it.
  ensure_folder /etc/freehold/cluster 750 "$programs_user"
  if [ ${#changed[@]} -eq 0 ]; then say "Folders: up to date."; else say "Folders created or corrected: ${changed[*]}"; fi
}

# ensure_setting FILE NAME VALUE: adds a missing setting, and keeps an existing one.
ensure_setting() {
  if grep -q "^$2=" "$1" 2>/dev/null; then return; fi
  # A last line without a line break would absorb the new one.
  [ -z "$(tail --bytes 1 "$1" 2>/dev/null)" ] || echo >>"$1"
  echo "$2=$3" >>"$1"
  changed+=("$2")
}

own_address() {
  local address
  address=$(ip -4 -oneline route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
  echo "${address:-127.0.0.1}"
}

write_host_env() {
  local changed=()
  [ -f "$host_env" ] || write_file "$host_env" <<EOT
# This host's settings, for every unit of freehold: NAME=value, without quotes.
# After a change here: systemctl restart --job-mode=ignore-dependencies haproxy-confd. Sites apply theirs at their next start.
#
# The default limits of memory and processes for one site:
#FREEHOLD_SITE_MEMORY=64m
#FREEHOLD_SITE_PIDS=64
# Seconds for a stopping site's requests to finish (up to 40), and for a starting site to answer:
#FREEHOLD_DRAIN_SECONDS=2
#FREEHOLD_PROBE_SECONDS=60

EOT
  ensure_setting "$host_env" FREEHOLD_HOST "$1"
  ensure_setting "$host_env" FREEHOLD_HOST_IP "$(own_address)"
  ensure_setting "$host_env" FREEHOLD_ETCD http://127.0.0.1:2379
  if [ ${#changed[@]} -eq 0 ]; then say "$host_env: up to date."; else say "$host_env: added ${changed[*]}"; fi
}

# HAProxy runs without root and without capabilities.
allow_ports() {
  local file=/etc/sysctl.d/60-freehold.conf live=/proc/sys/net/ipv4/ip_unprivileged_port_start
  if [ "$(cat "$live")" -le 80 ]; then
    say "Ports from 80 on: already open to programs without root."
    return
  fi
  say "Opening ports from 80 on to programs without root ($file)"
  printf '# HAProxy binds 80 and 443 as a user without any capability.\nnet.ipv4.ip_unprivileged_port_start = 80\n' | write_file "$file"
  set_kernel "$live" 80 && return
  fail "Cannot set $live to 80. If this machine is a container, its host must start it with" \
    "--sysctl net.ipv4.ip_unprivileged_port_start=80."
}

# systemd uses an inotify instance for each file that a path unit watches: one or two for each site, while the kernel
# allows root 128.
allow_path_units() {
  local file=/etc/sysctl.d/60-freehold-path-units.conf live=/proc/sys/fs/inotify/max_user_instances wanted=8192
  if [ "$(cat "$live")" -ge "$wanted" ]; then
    say "Path units: enough files can be watched."
    return
  fi
  say "Letting path units watch up to $wanted files ($file)"
  printf '# systemd takes one for each path unit: one or two for each site.\nfs.inotify.max_user_instances = %s\n' "$wanted" | write_file "$file"
  set_kernel "$live" "$wanted" && return
  say "Cannot set $live, so this host supports only about 50 sites." >&2
}

# For https on names without their own certificate. Browsers warn, as intended. It is created in the parent folder, which is
# root's: in its own folder HAProxy's user could create a link, and root would write to its target.
make_default_certificate() {
  local file=/data/runtime/haproxy/default.pem new=/data/runtime/default.pem.new
  if [ -s "$file" ]; then
    say "Default certificate: exists, $(openssl x509 -noout -enddate -in "$file" 2>/dev/null | sed 's/notAfter=/valid until /')."
    return
  fi
  say "Creating a self-signed default certificate for $1"
  change openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=freehold default certificate' \
    -addext "subjectAltName=DNS:$1" -keyout "$new" -out "$new" 2>/dev/null \
    || fail "openssl cannot create a certificate. Run scripts/setup.sh again, or put chain and key into $file."
  change chown "$programs_user:$programs_user" "$new"
  change chmod 640 "$new"
  change mv --no-target-directory "$new" "$file"
}
