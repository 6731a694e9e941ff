# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The settings of etcd and the programs for a cluster. Part of setup.sh, and of the tests.

# member_settings FOLDER KEYS: lines of NAME=VALUE for /etc/default/etcd. FOLDER was created by issue.sh for the host,
# KEYS is the folder on the host with the files of its folder etcd/.
member_settings() {
  local folder=$1 keys=$2 name address state members
  name=$(sed -n 's/^HOST=//p' "$folder/settings")
  address=$(sed -n 's/^ADDRESS=//p' "$folder/settings")
  read -r state members <"$folder/initial-cluster"
  cat <<EOT
ETCD_NAME=$name
ETCD_LISTEN_CLIENT_URLS=https://$address:2379,https://127.0.0.1:2379
ETCD_ADVERTISE_CLIENT_URLS=https://$address:2379
ETCD_CLIENT_CERT_AUTH=true
ETCD_TRUSTED_CA_FILE=$keys/clients-ca.pem
ETCD_CERT_FILE=$keys/server.pem
ETCD_KEY_FILE=$keys/server-key.pem
ETCD_LISTEN_PEER_URLS=https://$address:2380
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://$address:2380
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_PEER_TRUSTED_CA_FILE=$keys/peers-ca.pem
ETCD_PEER_CERT_FILE=$keys/peer.pem
ETCD_PEER_KEY_FILE=$keys/peer-key.pem
ETCD_INITIAL_CLUSTER=$members
ETCD_INITIAL_CLUSTER_STATE=$state
ETCD_INITIAL_CLUSTER_TOKEN=freehold
ETCD_ENABLE_GRPC_GATEWAY=false
EOT
}

# replace_settings FILE: reads lines of NAME=VALUE and replaces all or none: only some of them would be invalid.
replace_settings() {
  local file=$1 line
  cp --preserve=mode,ownership,timestamps "$file" "$file.new"
  while IFS= read -r line; do
    grep -qxF "$line" "$file" && continue
    sed -i "/^${line%%=*}=/d" "$file.new"
    ensure_setting "$file.new" "${line%%=*}" "${line#*=}"
  done
  # An unchanged file keeps its modification time.
  mv "$file.new" "$file"
}

# member_env FOLDER: the cluster's settings in host.env.
member_env() {
  grep '^FREEHOLD_ETCD=' "$1/settings"
  cat <<EOT
FREEHOLD_HOST_IP=$(sed -n 's/^ADDRESS=//p' "$1/settings")
FREEHOLD_ETCD_CA=$client_keys/ca.pem
FREEHOLD_ETCD_CERT=$client_keys/cert.pem
FREEHOLD_ETCD_KEY=$client_keys/key.pem
FREEHOLD_HOP_PORT=$hop_port
EOT
}
