# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# etcd, by the distribution's own unit and configuration file. A part of setup.sh.

etcd_answers() { ETCDCTL_API=3 etcdctl --endpoints "$(setting FREEHOLD_ETCD http://127.0.0.1:2379)" get freehold; }

# On loopback only, as it is by default too: no site's container may reach it. What an operator has set differently,
# for a cluster, stays.
configure_etcd() {
  local file=/etc/default/etcd changed=()
  ensure_setting "$file" ETCD_LISTEN_CLIENT_URLS http://127.0.0.1:2379
  ensure_setting "$file" ETCD_ADVERTISE_CLIENT_URLS http://127.0.0.1:2379
  ensure_setting "$file" ETCD_LISTEN_PEER_URLS http://127.0.0.1:2380
  ensure_setting "$file" ETCD_AUTO_COMPACTION_MODE periodic
  ensure_setting "$file" ETCD_AUTO_COMPACTION_RETENTION 1h
  ensure_setting "$file" ETCD_QUOTA_BACKEND_BYTES 1073741824
  if [ ${#changed[@]} -gt 0 ]; then
    say "etcd: set ${changed[*]} in $file, restarting it"
    systemctl restart etcd
  else
    say "etcd: is configured."
  fi
  systemctl is-enabled --quiet etcd || systemctl enable --quiet etcd
  systemctl start etcd
  wait_for 30 etcd_answers || fail "etcd does not answer after 30 s: see journalctl -u etcd."
}
