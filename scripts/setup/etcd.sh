# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# etcd, with the distribution's own unit and configuration file. Part of setup.sh.

etcd_defaults=/etc/default/etcd

etcd_answers() { by_etcdctl get --prefix /services/ --limit 1 --keys-only; }

# Only on loopback, which is also the default: no site's container may reach it. An operator's own settings, and those of
# an earlier --cluster, stay.
configure_etcd() {
  local folder=$1 changed=() read_at_start
  if [ -n "$folder" ]; then
    become_member "$folder"
  else
    ensure_setting "$etcd_defaults" ETCD_LISTEN_CLIENT_URLS http://127.0.0.1:2379
    ensure_setting "$etcd_defaults" ETCD_ADVERTISE_CLIENT_URLS http://127.0.0.1:2379
    ensure_setting "$etcd_defaults" ETCD_LISTEN_PEER_URLS http://127.0.0.1:2380
  fi
  ensure_setting "$etcd_defaults" ETCD_AUTO_COMPACTION_MODE periodic
  ensure_setting "$etcd_defaults" ETCD_AUTO_COMPACTION_RETENTION 1h
  ensure_setting "$etcd_defaults" ETCD_QUOTA_BACKEND_BYTES 1073741824
  mapfile -t read_at_start < <(ls "$etcd_defaults" "$etcd_keys"/*-ca.pem 2>/dev/null)
  if [ ${#changed[@]} -gt 0 ]; then
    say "etcd: set ${changed[*]} in $etcd_defaults, restarting it"
    change systemctl restart etcd
  elif is_older etcd "${read_at_start[@]}"; then
    # An earlier run was interrupted, or there is a new CA, which etcd reads only when it starts.
    say "etcd: its settings have changed since its start, restarting it"
    change systemctl restart etcd
  else
    say "etcd: up to date."
  fi
  is_on etcd || change systemctl enable --quiet --now etcd
  wait_for 60 etcd_answers || fail "etcd does not answer after 60 s. See journalctl -u etcd."
}

become_member() {
  local folder=$1
  if ! grep -q '^ETCD_INITIAL_CLUSTER_TOKEN=freehold$' "$etcd_defaults" 2>/dev/null; then leave_single_life "$folder"; fi
  replace_settings "$etcd_defaults" < <(member_settings "$folder" "$etcd_keys")
}

# Until now etcd had a single member. The first host of a cluster keeps its data; on a further host it must be empty,
# since the cluster's data replaces it.
leave_single_life() {
  local folder=$1 state members old=/var/lib/etcd/default id
  read -r state members <"$folder/initial-cluster"
  systemctl start etcd
  wait_for 30 by_plain_etcdctl get freehold || fail "etcd does not answer at http://127.0.0.1:2379: see journalctl -u etcd."
  if [ "$state" = new ]; then
    id=$(by_plain_etcdctl member list | cut -d, -f1)
    by_plain_etcdctl member update "$id" --peer-urls "${members#*=}" >/dev/null
    return
  fi
  [ -z "$(by_plain_etcdctl get --prefix /services/ --keys-only)$(by_plain_etcdctl get --prefix /mail/ --keys-only)" ] \
    || fail "This host has sites or mail forwards in its own etcd, which would be lost when it joins a cluster. Remove them first" \
      "(and add them again afterwards), or begin the cluster with this host. Nothing was changed in etcd."
  systemctl stop etcd
  say "Moving the empty etcd of this host to $old.alone"
  mv "$old" "$old.alone.$(date +%s)"
}

by_plain_etcdctl() { ETCDCTL_API=3 etcdctl --endpoints http://127.0.0.1:2379 "$@"; }
