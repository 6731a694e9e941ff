# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Makes this host a member of a cluster. Part of setup.sh; does nothing without --cluster.

etcd_keys=/etc/freehold/etcd
client_keys=/etc/freehold/cluster
certificate_keys=/etc/freehold/certificate-keys
# Next to etcd's two, so that all traffic between hosts uses one range.
# shellcheck disable=SC2034 # for member_env
hop_port=2381

check_cluster() {
  local folder=$1 name=$2 issued address
  [ -n "$folder" ] || return 0
  [ -r "$folder/settings" ] \
    || refuse "'$folder' is not a folder that scripts/cluster/issue.sh created for a host: $folder/settings is missing."
  # scp to an existing folder puts the newer one inside the older one.
  [ ! -e "$folder/$name/settings" ] \
    || refuse "'$folder' contains another '$name', because scp copied it into an existing folder. Remove the folder, and copy it again."
  issued=$(sed -n 's/^HOST=//p' "$folder/settings")
  [ "$issued" = "$name" ] || refuse "'$folder' was created for the host '$issued', not for '$name'."
  [ -r "$folder/initial-cluster" ] \
    || refuse "'$name' is not a member yet. Run scripts/cluster/admit.sh, then copy its folder again. Nothing was changed."
  address=$(sed -n 's/^ADDRESS=//p' "$folder/settings")
  ip -4 -oneline address | grep -q " inet $address/" \
    || refuse "'$folder' was created for the address $address, which this host does not have. Nothing was changed."
}

# install_key SOURCE TARGET OWNER [MODE]: only if different. It is created in the parent folder, which is root's: in the target's own
# folder its owner could create a link, and root would write to its target.
install_key() {
  local work
  cmp --silent "$1" "$2" && return
  work=$(mktemp --directory --tmpdir="$(dirname "$(dirname "$2")")" .key.XXXXXX)
  install --mode "${4:-400}" --owner "$3" --group "$3" "$1" "$work/key"
  mv --no-target-directory "$work/key" "$2"
  rmdir "$work"
  changed+=("$2")
}

# HAProxy requires chain and key in one file.
install_hop() {
  local both
  both=$(mktemp)
  cat "$1/hop/cert.pem" "$1/hop/key.pem" >"$both"
  install_key "$both" /data/runtime/haproxy/hop.pem "$programs_user"
  rm "$both"
  install_key "$1/hop/ca.pem" /data/runtime/haproxy/hop-ca.pem "$programs_user"
}

# The programs read their own key, not that of etcd's member, which grants access to everything.
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
  # In versions before acme, whose group is that of the programs, only their owner could read them.
  chmod 440 "$client_keys"/*.pem
  if [ ${#changed[@]} -eq 0 ]; then say "Keys of the cluster: up to date."; else say "Keys of the cluster: ${changed[*]}"; fi
}

write_cluster_env() {
  local folder=$1 changed=()
  [ -n "$folder" ] || return 0
  replace_settings "$host_env" < <(member_env "$folder")
  if [ ${#changed[@]} -eq 0 ]; then say "$host_env: cluster settings up to date."; else say "$host_env: set ${changed[*]}"; fi
}

# HAProxy and etcd may start before the private network is up: without this the whole edge would fail for it.
allow_late_address() {
  local file=/etc/sysctl.d/60-freehold-cluster.conf live=/proc/sys/net/ipv4/ip_nonlocal_bind
  [ -n "$1" ] || return 0
  printf '# HAProxy and etcd bind the address of the private network, which may come up after them.\nnet.ipv4.ip_nonlocal_bind = 1\n' >"$file"
  { echo 1 >"$live"; } 2>/dev/null || fail "Cannot set $live to 1."
}

# A site's container cannot even connect to the cluster's ports.
install_barrier() {
  local changed=()
  # Without --cluster, a host that is a member stays one.
  [ -n "$1" ] || [ -e /etc/systemd/system/cluster-barrier.service ] || return 0
  install_file "$repository/unit-files/cluster/cluster-barrier.service" /etc/systemd/system/cluster-barrier.service
  if [ ${#changed[@]} -gt 0 ]; then
    # Before it is stopped, so that it removes its own rules.
    change systemctl stop cluster-barrier 2>/dev/null || true
    change systemctl daemon-reload
  fi
  install_rules cluster-barrier 'mangle PREROUTING --in-interface freehold0 --protocol tcp --match multiport --dports 2379:2381 --jump DROP' \
    || fail "Cannot install the firewall rules that keep sites from the cluster's ports. See journalctl -u cluster-barrier."
}
