#!/usr/bin/env bash
# Creates the files that one host of a cluster needs: FOLDER/hosts/HOST, to be copied to that host for setup.sh HOST --cluster.
# Run again, it renews only certificates that expire within 180 days (a certificate is valid for two years).
#
#   scripts/cluster/issue.sh FOLDER HOST ADDRESS [--renew]
#
#   FOLDER   created by scripts/cluster/make-authority.sh
#   HOST     the host's name, as given to setup.sh
#   ADDRESS  the address at which the other hosts reach it, best on a private network
#   --renew  renews all of this host's certificates and keys
#
# The first host that is issued begins the cluster. Each further one is added by scripts/cluster/admit.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificate.sh
source "$here/certificate.sh"
# shellcheck source-path=SCRIPTDIR source=certificate-keys.sh
source "$here/certificate-keys.sh"

check_address() {
  [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ || $1 =~ ^[0-9a-f:]*:[0-9a-f:]+$ ]] || refuse "'$1' is not an IP address."
  [[ $1 != *:* ]] || refuse "'$1' is an IPv6 address, but only IPv4 is supported between hosts."
}

register() {
  local folder=$1 host=$2 address=$3 known other
  known=$(address_of "$folder" "$host")
  [ -z "$known" ] || [ "$known" = "$address" ] \
    || refuse "'$host' has the address $known. First remove it with scripts/cluster/dismiss.sh, then issue it again."
  other=$(awk -v address="$address" '$2 == address { print $1 }' "$folder/members" 2>/dev/null || true)
  [ -z "$other" ] || [ "$other" = "$host" ] || refuse "$address is already the address of '$other'."
  [ -n "$known" ] || echo "$host $address" >>"$folder/members"
}

# Certificates for each role: etcd's members for a member, its users for etcd, etcd for a user, HAProxys for a HAProxy.
issue_certificates() {
  local folder=$1 host=$2 address=$3 own="$1/hosts/$2" both=serverAuth,clientAuth
  ensure_certificate "$folder/ca/peers" "$own/etcd/peer.pem" "$own/etcd/peer-key.pem" "/CN=$host" "$both" "DNS:$host,IP:$address"
  # Without a common name, which etcd would treat as a user.
  ensure_certificate "$folder/ca/clients" "$own/etcd/server.pem" "$own/etcd/server-key.pem" /O=freehold serverAuth \
    "DNS:etcd.freehold.internal,DNS:$host,DNS:localhost,IP:127.0.0.1,IP:$address"
  ensure_certificate "$folder/ca/clients" "$own/client/cert.pem" "$own/client/key.pem" "/CN=$host" clientAuth ''
  ensure_certificate "$folder/ca/hops" "$own/hop/cert.pem" "$own/hop/key.pem" "/CN=$host" "$both" "DNS:$host,IP:$address"
  copy_file "$folder/ca/peers/ca.pem" "$own/etcd/peers-ca.pem"
  copy_file "$folder/ca/clients/ca.pem" "$own/etcd/clients-ca.pem"
  copy_file "$folder/ca/clients/ca.pem" "$own/client/ca.pem"
  copy_file "$folder/ca/hops/ca.pem" "$own/hop/ca.pem"
}

main() {
  local words=() renew='' made=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --renew) renew=yes ;;
      -*) refuse "Unknown option '$1'. See 'issue.sh --help'." ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  [ ${#words[@]} -eq 3 ] || refuse "Arguments required: FOLDER HOST ADDRESS. See 'issue.sh --help'."
  set -- "${words[@]}"
  check_folder "$1"
  check_member_name "$2"
  check_address "$3"
  umask 077
  register "$@"
  issue_certificates "$@"
  # For a folder of a version that had none.
  ensure_certificate_keys "$1"
  write_all_settings "$1"
  say "Copy $1/hosts/$2 to $2. Renewed: ${made[*]:-nothing}. The first of its certificates expires on" \
    "$(openssl x509 -noout -enddate -in "$1/hosts/$2/client/cert.pem" | cut -d= -f2)."
}

main "$@"
