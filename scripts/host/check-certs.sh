#!/usr/bin/env bash
# Looks at the certificates of this host's sites: when each ends, and whether it is what visitors are shown. Without a
# DOMAIN also at its own as a member of a cluster. The exit code is 1 if something is wrong with one.
#
#   scripts/host/check-certs.sh [--days DAYS] [DOMAIN …]
#
#   --days DAYS  one that ends within so many days is wrong too (21)
#
# One that acme renews is wrong when a tenth of its lifetime is left, whatever DAYS is. The kept certificate of a site that
# was removed is listed, and is never wrong.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"

# The domains that are sites here, in lines: by their units and, as for one that is stopped, by this host's records in etcd.
known_sites() {
  local app
  sites_of_systemd | cut -d ' ' -f 2
  for app in "${site_apps[@]}"; do by_etcdctl get --prefix --keys-only "/services/$app/" || return; done \
    | awk -F / -v own="$(setting FREEHOLD_HOST)" '$5 == own { print $4 }'
}

# is_removed DOMAIN: its data is kept, and no visitor is shown its certificate. Where etcd does not answer, nobody knows.
is_removed() { [ "$etcd_answers" = yes ] && [[ $'\n'$sites$'\n' != *$'\n'$1$'\n'* ]]; }

# is_automatic FILE: acme made it, and renews it. It covers www. only where that leads to this host. One that a person installed
# on another member of the cluster is in acme.json too, with the directory "member:HOST" in the next line.
is_automatic() {
  local folder=${1%/*} print entry
  if [ ! -d /data/acme/requests ] || [ ! -f "$folder/acme.json" ] || [ -e "$folder/manual" ]; then return 1; fi
  print=$(fingerprint_of "$1" | tr -d :) || return
  [ -n "$print" ] || return
  entry=$(grep --ignore-case --fixed-strings --after-context 1 "$print" "$folder/acme.json") || return
  [[ $entry != *member:* ]]
}

# lateness_of FILE: with how many days left acme should have renewed it.
lateness_of() {
  local from until
  from=$(of_leaf "$1" -startdate)
  until=$(of_leaf "$1" -enddate)
  echo $((($(date --date "${until#notAfter=}" +%s) - $(date --date "${from#notBefore=}" +%s)) / 86400 / 10))
}

check() {
  local domain=$1 file=/data/domains/$1/TLS/$1.pem fault
  [ -f "$file" ] || { echo "$domain: has no certificate of its own."; return; }
  if is_removed "$domain"; then echo "$domain: is not a site of this host any more; $file is kept with its data."; return; fi
  if is_automatic "$file"; then
    fault=$(fault_of "$file" "$domain" "$(lateness_of "$file")")
    [ "$fault" != "is not for www.$domain" ] || fault=''
  else
    fault=$(fault_of "$file" "$domain" "$days")
  fi
  if [ -z "$fault" ] && [ "$(fingerprint_of "$file")" != "$(shown_fingerprint "$domain")" ]; then
    fault="is not the one that visitors get (journalctl -u certificate@$domain -u haproxy-confd)"
  fi
  if [ -z "$fault" ]; then echo "$domain: valid for $(days_left "$file") more days."; return; fi
  echo "$domain: WRONG: it $fault."
  wrong=1
}

# Of a host that is alone there are none.
check_member() {
  local what file fault
  [ -n "$(setting FREEHOLD_ETCD_CERT)" ] || return 0
  while read -r file what; do
    fault=$(time_fault_of "$file" "$days")
    if [ -z "$fault" ]; then echo "cluster $what: valid for $(days_left "$file") more days."; continue; fi
    echo "cluster $what: WRONG: it $fault. scripts/cluster/issue.sh renews it (docs/how-to/run-a-cluster.md, Certificates)."
    wrong=1
  done <<EOT
/etc/freehold/etcd/server.pem etcd server
/etc/freehold/etcd/peer.pem etcd peer
$(setting FREEHOLD_ETCD_CERT) client
/data/runtime/haproxy/hop.pem hop
EOT
}

main() {
  local days=21 domains=() domain wrong=0 sites etcd_answers=yes
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --days) need_value "$@"; days=$2; shift ;;
      *) check_domain "$1"; domains+=("$1") ;;
    esac
    shift
  done
  [[ $days =~ ^[0-9]+$ ]] || refuse "'$days' is not a number of days."
  need_root
  check_host
  if [ ${#domains[@]} -eq 0 ]; then
    check_member
    mapfile -t domains < <(find /data/domains/ -mindepth 1 -maxdepth 1 -xtype d -name '[!.]*' -printf '%f\n' | sort)
  fi
  sites=$(known_sites) || etcd_answers=no
  for domain in "${domains[@]}"; do check "$domain"; done
  return "$wrong"
}

main "$@"
