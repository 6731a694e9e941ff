# shellcheck shell=bash
# Shared functions of the scripts for a cluster. To be sourced after ../lib.sh, not run. FOLDER contains the cluster's keys:
#
#   members                     a line for each host: its name and its private address
#   ca/{peers,clients,hops}/    three CAs: for etcd's members, for users of etcd, and for the
#                               hosts' HAProxys. None of them is valid for the others' purpose
#   users/{root,operator}/      ca.pem cert.pem key.pem: everything in etcd; mail forwards
#   certificate-keys            the keys with which members encrypt the sites' certificates in etcd: certificate-keys.sh
#   hosts/HOST/                 the files for that host, for setup.sh --cluster

# shellcheck disable=SC2034 # for those who source it
client_port=2379
# shellcheck disable=SC2034
peer_port=2380

# check_folder FOLDER
check_folder() {
  [ -n "${1:-}" ] || refuse "Missing argument: FOLDER. See '${0##*/} --help'."
  [ -s "$1/ca/clients/ca.pem" ] || refuse "'$1' contains no CA. To create one: scripts/cluster/make-authority.sh $1"
}

# Names of hosts become users of etcd, besides the two existing ones.
check_member_name() {
  [[ ${#1} -le 64 && $1 =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] \
    || refuse "'$1' cannot be a host of a cluster: a name may have up to 64 lower-case letters, digits, hyphens and dots."
  case "$1" in root | operator) refuse "'$1' is a user of etcd, so no host can have that name." ;; esac
}

# address_of FOLDER HOST: empty for an unknown host.
address_of() { awk -v host="$2" '$1 == host { print $2 }' "$1/members" 2>/dev/null || true; }

endpoints_of() { awk -v port="$client_port" '{ print "https://" $2 ":" port }' "$1/members" | paste -sd,; }

# The host's own member comes first, so that it is used first.
write_settings() {
  local folder=$1 host=$2 address own="$1/hosts/$2" first others
  [ -d "$own" ] || return 0
  address=$(address_of "$folder" "$host")
  others=$(grep -v "^$host " "$folder/members" | awk -v port="$client_port" '{ printf ",https://%s:%s", $2, port }') || true
  { echo "HOST=$host"; echo "ADDRESS=$address"; echo "FREEHOLD_ETCD=https://$address:$client_port$others"; } >"$own/settings.new"
  mv "$own/settings.new" "$own/settings"
  if [ -s "$folder/certificate-keys" ]; then
    cp "$folder/certificate-keys" "$own/certificate-keys.new"
    mv "$own/certificate-keys.new" "$own/certificate-keys"
  fi
  first=$(head -n 1 "$folder/members" | cut -d ' ' -f 1)
  if [ "$first" = "$host" ] && [ ! -e "$own/initial-cluster" ]; then
    echo "new $host=https://$address:$peer_port" >"$own/initial-cluster"
  fi
}

# Writes the settings of each host, which contain the addresses of the others, and the keys that all hosts share.
write_all_settings() {
  local host
  while read -r host _; do write_settings "$1" "$host"; done <"$1/members"
}

# as_root_user FOLDER ARGUMENT …: etcdctl with root's certificate, at all members or at FREEHOLD_ETCD.
as_root_user() {
  local user="$1/users/root" endpoints=${FREEHOLD_ETCD:-$(endpoints_of "$1")}
  shift
  command -v etcdctl >/dev/null || fail "etcdctl is required. Install it with: apt-get install etcd-client"
  ETCDCTL_API=3 etcdctl --endpoints "$endpoints" --cacert "$user/ca.pem" --cert "$user/cert.pem" --key "$user/key.pem" "$@"
}

# check_majority FOLDER: without a majority, changes of users and roles would wait forever.
check_majority() {
  wait_for 10 as_root_user "$1" get freehold \
    || fail "etcd does not answer at ${FREEHOLD_ETCD:-$(endpoints_of "$1")}. If a second member was added and has not started," \
      "etcd waits for it. Run setup.sh --cluster there first. Nothing was changed."
}
