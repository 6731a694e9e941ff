#!/usr/bin/env bash
# Lists the sites of this host: app, state of the unit, address in etcd, result of HAProxy's check, and when the certificate
# expires. A dash stands for a missing value. If certificates are automatic, the sites that have none or wait for a new one
# are listed below, with the reason.
#
#   scripts/list-sites.sh [--json]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=list-sites/report-certificates.sh
source "$here/list-sites/report-certificates.sh"

# 'APP DOMAIN ADDRESS' in lines. etcdctl's 'fields' quotes what others may have put there, so that a line is a line.
# An address from before the last start of the host does not count.
sites_of_etcd() {
  by_etcdctl get --prefix /services/ --write-out fields \
    | awk -v host="$(setting FREEHOLD_HOST)" -v boot="$(boot_id)" '
      $1 == "\"Key\"" { split(substr($3, 2, length($3) - 2), key, "/") }
      $1 == "\"Value\"" && key[5] == host && key[6] == "" && (key[3] key[4]) ~ /^[a-z0-9.-]+$/ {
        address = "-"
        gsub(/[\\ -]/, "")
        if (index($0, boot) && match($0, /"ip":"[0-9a-f.:]+"/)) address = substr($0, RSTART + 6, RLENGTH - 7)
        if (address != "-" && match($0, /"port":[0-9]+/)) address = address ":" substr($0, RSTART + 7, RLENGTH - 7)
        print key[3], key[4], address
      }'
}

certificate_end() {
  local end
  end=$(openssl x509 -noout -enddate -in "$certificates/$1.pem" 2>/dev/null) || { echo -; return; }
  date --utc --date "${end#notAfter=}" +%Y-%m-%d
}

# 'DOMAIN APP UNIT BACKEND CHECK CERTIFICATE' in lines, by domain
rows() {
  local -A address=() check=()
  local app domain rest
  while read -r app domain rest; do address[$app@$domain]=$rest; done < <(sites_of_etcd)
  while read -r domain rest; do check[$domain]=${rest// /:}; done < <(edge_checks)
  { sites_of_systemd; printf '%s\n' "${!address[@]}" | tr @ ' '; } | sort -u -k 2,2 -k 1,1 | while read -r app domain; do
    [ -n "$domain" ] || continue
    echo "$domain $app $(unit_state "$app@$domain") ${address[$app@$domain]:--} ${check[$domain]:--} $(certificate_end "$domain")"
  done
}

as_json() {
  awk 'BEGIN { printf "[" }
    function value(text) { return text == "-" ? "null" : "\"" text "\"" }
    { printf "%s\n  {\"domain\":%s,\"app\":%s,\"unit\":%s,\"backend\":%s,\"check\":%s,\"certificateEnds\":%s}",
        (NR > 1 ? "," : ""), value($1), value($2), value($3), value($4), value($5), value($6) }
    END { print "\n]" }'
}

as_table() {
  awk 'BEGIN { split("DOMAIN APP UNIT BACKEND CHECK CERTIFICATE", cell); add() }
    { split($0, cell); add() }
    function add(  i) { rows++; for (i = 1; i <= 6; i++) { all[rows, i] = cell[i]; if (length(cell[i]) > width[i]) width[i] = length(cell[i]) } }
    END { for (r = 1; r <= rows; r++) { for (i = 1; i < 6; i++) printf "%-" width[i] "s  ", all[r, i]; print all[r, 6] } }'
}

main() {
  local format=as_table
  case "${1:-}" in
    '') ;;
    --help) print_help "$0"; return ;;
    --json) format=as_json ;;
    *) refuse "Unknown option '$1'. See '$0 --help'." ;;
  esac
  need_root
  check_host
  rows | "$format"
  [ "$format" = as_json ] || report_certificates /data/acme/status >&2
  local used
  used=$(sites_on_bridge)
  ! is_nearly_full "$used" || echo "$used sites run on this host. Its network has room for $bridge_ports: plan for another host." >&2
}

main "$@"
