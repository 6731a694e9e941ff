# shellcheck shell=bash
# What the scripts for a cluster share. To be sourced after ../lib.sh, not run. FOLDER is where the cluster's keys are:
#
#   members                     a line for each host: its name and its private address
#   ca/{peers,clients,hops}/    three authorities: who is taken for an etcd member, for a user of etcd, for another
#                               host's HAProxy. One of them vouches for nothing of the others
#   users/{root,operator}/      ca.pem cert.pem key.pem: everything in etcd; mail routes
#   certificate-keys            with which members encrypt the sites' certificates in etcd: certificate-keys.sh
#   hosts/HOST/                 what goes to that host, for setup.sh --cluster

# shellcheck disable=SC2034 # for those who source it
client_port=2379
# shellcheck disable=SC2034
peer_port=2380

# check_folder FOLDER
check_folder() {
  [ -n "${1:-}" ] || refuse "Tell the folder of the cluster's keys; see --help."
  [ -s "$1/ca/clients/ca.pem" ] || refuse "There is no authority in '$1': scripts/cluster/make-authority.sh $1 makes one."
}

# Names of hosts become users of etcd, beside the two that are there.
check_member_name() {
  [[ ${#1} -le 64 && $1 =~ ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ ]] \
    || refuse "'$1' cannot be a host of a cluster: up to 64 lower-case letters, digits, hyphens and dots are needed."
  case "$1" in root | operator) refuse "'$1' is a user of etcd, so no host can have that name." ;; esac
}

# address_of FOLDER HOST: nothing for a host that is not known.
address_of() { awk -v host="$2" '$1 == host { print $2 }' "$1/members" 2>/dev/null || true; }

endpoints_of() { awk -v port="$client_port" '{ print "https://" $2 ":" port }' "$1/members" | paste -sd,; }

# The host's own member comes first, so that it is asked first.
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

# What each host is told of the others, and the keys that all have.
write_all_settings() {
  local host
  while read -r host _; do write_settings "$1" "$host"; done <"$1/members"
}

# as_root_user FOLDER ARGUMENT …: etcdctl with root's certificate, at all members or at FREEHOLD_ETCD.
as_root_user() {
  local user="$1/users/root" endpoints=${FREEHOLD_ETCD:-$(endpoints_of "$1")}
  shift
  command -v etcdctl >/dev/null || fail "etcdctl is needed here: apt-get install etcd-client."
  ETCDCTL_API=3 etcdctl --endpoints "$endpoints" --cacert "$user/ca.pem" --cert "$user/cert.pem" --key "$user/key.pem" "$@"
}

# check_majority FOLDER: changes of users and roles would be waited for without an end.
check_majority() {
  wait_for 10 as_root_user "$1" get freehold \
    || fail "etcd does not answer at ${FREEHOLD_ETCD:-$(endpoints_of "$1")}. If a second member was let in and has not come," \
      "etcd waits for it: run setup.sh --cluster there first. Nothing was changed."
}
