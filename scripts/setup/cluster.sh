# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# This host as one of a cluster. A part of setup.sh; does nothing where --cluster was not said.

etcd_keys=/etc/freehold/etcd
client_keys=/etc/freehold/cluster
certificate_keys=/etc/freehold/certificate-keys
# Beside etcd's two, so that one range is all that goes between hosts.
# shellcheck disable=SC2034 # for member_env
hop_port=2381

check_cluster() {
  local folder=$1 name=$2 issued address
  [ -n "$folder" ] || return 0
  [ -r "$folder/settings" ] \
    || refuse "'$folder' is not what scripts/cluster/issue.sh makes for a host: there is no $folder/settings."
  # What scp makes of a folder that was there already: a newer one within an older.
  [ ! -e "$folder/$name/settings" ] \
    || refuse "'$folder' has another '$name' in it, as scp leaves it where the folder was there: remove it, and copy it anew."
  issued=$(sed -n 's/^HOST=//p' "$folder/settings")
  [ "$issued" = "$name" ] || refuse "'$folder' was made for the host '$issued', but this is to be '$name'."
  [ -r "$folder/initial-cluster" ] \
    || refuse "'$name' is not let in yet: scripts/cluster/admit.sh first, then copy its folder anew. Nothing was changed."
  address=$(sed -n 's/^ADDRESS=//p' "$folder/settings")
  ip -4 -oneline address | grep -q " inet $address/" \
    || refuse "'$folder' was made for the address $address, which this host does not have. Nothing was changed."
}

# install_key SOURCE TARGET OWNER [MODE]: only if different. It is made in the folder above, which is root's: in the target's own
# its owner could put a link in the way, and root would write wherever that leads.
install_key() {
  local work
  cmp --silent "$1" "$2" && return
  work=$(mktemp --directory --tmpdir="$(dirname "$(dirname "$2")")" .key.XXXXXX)
  install --mode "${4:-400}" --owner "$3" --group "$3" "$1" "$work/key"
  mv --no-target-directory "$work/key" "$2"
  rmdir "$work"
  changed+=("$2")
}

# HAProxy wants chain and key in one file.
install_hop() {
  local both
  both=$(mktemp)
  cat "$1/hop/cert.pem" "$1/hop/key.pem" >"$both"
  install_key "$both" /data/runtime/haproxy/hop.pem "$programs_user"
  rm "$both"
  install_key "$1/hop/ca.pem" /data/runtime/haproxy/hop-ca.pem "$programs_user"
}

# The programs read their own key and not that of etcd's member, which would open everything.
install_keys() {
  local folder=$1 file changed=()
  [ -n "$folder" ] || return 0
  install --directory --mode 700 --owner etcd --group etcd "$etcd_keys"
  for file in clients-ca.pem server.pem server-key.pem peers-ca.pem peer.pem peer-key.pem; do
    install_key "$folder/etcd/$file" "$etcd_keys/$file" etcd
  done
  for file in ca.pem cert.pem key.pem; do install_key "$folder/client/$file" "$client_keys/$file" "$programs_user" 440; done
  # For acme alone, which is root.
  if [ -s "$folder/certificate-keys" ]; then install_key "$folder/certificate-keys" "$certificate_keys" root; fi
  install_hop "$folder"
  # Those of a version before acme, whose group is that of the programs, had to read them.
  chmod 440 "$client_keys"/*.pem
  if [ ${#changed[@]} -eq 0 ]; then say "Keys of the cluster: are there."; else say "Keys of the cluster: ${changed[*]}"; fi
}

write_cluster_env() {
  local folder=$1 changed=()
  [ -n "$folder" ] || return 0
  replace_settings "$host_env" < <(member_env "$folder")
  if [ ${#changed[@]} -eq 0 ]; then say "$host_env: knows the cluster."; else say "$host_env: set ${changed[*]}"; fi
}

# HAProxy and etcd may start before the private network is up: without this the whole edge would fail for it.
allow_late_address() {
  local file=/etc/sysctl.d/60-freehold-cluster.conf live=/proc/sys/net/ipv4/ip_nonlocal_bind
  [ -n "$1" ] || return 0
  printf '# HAProxy and etcd bind the address of the private network, which may come up after them.\nnet.ipv4.ip_nonlocal_bind = 1\n' >"$file"
  { echo 1 >"$live"; } 2>/dev/null || fail "$live could not be set to 1."
}

# A site's container reaches none of it, not even to be refused.
install_barrier() {
  local changed=()
  # Without --cluster, a host that is a member stays one.
  [ -n "$1" ] || [ -e /etc/systemd/system/cluster-barrier.service ] || return 0
  install_file "$repository/unit-files/cluster/cluster-barrier.service" /etc/systemd/system/cluster-barrier.service
  if [ ${#changed[@]} -gt 0 ]; then
    # Before it is stopped, so that it takes away what it had put.
    systemctl stop cluster-barrier 2>/dev/null || true
    systemctl daemon-reload
  fi
  lay_barrier cluster-barrier 'mangle PREROUTING --in-interface freehold0 --protocol tcp --match multiport --dports 2379:2381 --jump DROP' \
    || fail "Sites are not kept from the cluster's ports: see journalctl -u cluster-barrier."
}
