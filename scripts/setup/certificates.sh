# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# Automatic certificates: on where the host has an operator's mail address, off otherwise. A part of setup.sh.

acme_home=/data/acme
acme_map=/data/runtime/haproxy/acme/thumbprint.map

# check_operator MAIL CLUSTER: MAIL is that of --operator, or empty. What host.env has was valid before there was acme.
check_operator() {
  if [ -z "$1" ]; then
    local stored
    stored=$(setting FREEHOLD_OPERATOR)
    [ -z "$stored" ] || [ "$(setting FREEHOLD_ACME on)" != on ] || is_mail_address "$stored" \
      || say "Warning: automatic certificates stay off, as FREEHOLD_OPERATOR in $host_env is '$stored', which CAs reject as a mail address. Correct it there, or set FREEHOLD_ACME=off."
    return 0
  fi
  is_mail_address "$1" || refuse "'$1' is not a mail address. See '$0 --help'."
  # The keys in the new folder, or those on this host.
  if [ -n "$2" ]; then
    [ -s "$2/certificate-keys" ] || refuse "'$2' contains no keys for certificates. Run scripts/cluster/issue.sh again, then copy the folder again. Nothing was changed."
  elif [ -n "$(setting FREEHOLD_ETCD_CERT)" ] && [ ! -s "$certificate_keys" ]; then
    refuse "This member has no keys for certificates ($certificate_keys): $(how_to_upgrade) Nothing was changed."
  fi
}

# As in packages/acme/src/settings.ts.
is_mail_address() { [[ $1 =~ ^[^[:space:]@\"\'=]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$ ]]; }

write_operator() {
  [ -n "$1" ] && [ "$(setting FREEHOLD_OPERATOR)" != "$1" ] || return 0
  # By a rename, so that the file always has one.
  change sed --in-place --expression "\$a FREEHOLD_OPERATOR=$1" --expression '/^FREEHOLD_OPERATOR=/d' "$host_env"
  say "$host_env: FREEHOLD_OPERATOR=$1"
}

how_to_upgrade() {
  echo "where the cluster's keys are, run scripts/cluster/issue.sh and admit.sh for it, then setup.sh --cluster here (docs/upgrade-notes.md)."
}

operator_address() { setting FREEHOLD_OPERATOR; }
is_wanted() { is_mail_address "$(operator_address)" && [ "$(setting FREEHOLD_ACME on)" = on ]; }

# fault_of_member: why a member of a cluster cannot take part; nothing if it can, and on a host that is alone.
fault_of_member() {
  local words
  [ -n "$(setting FREEHOLD_ETCD_CERT)" ] || return 0
  # etcdctl fails where it is denied, and so would a pipe of it (pipefail).
  words=$(by_etcdctl get --prefix /acme/ --limit 1 --keys-only 2>&1) || true
  if [ ! -s "$certificate_keys" ]; then
    echo "this member has no keys for them ($certificate_keys)"
  elif [[ $words == *"permission denied"* ]]; then
    echo "this member may not read /acme/ in etcd, because its role is of an earlier version"
  fi
}

wants_certificates() { is_wanted && [ -z "$(fault_of_member)" ]; }

acme_directory() { setting FREEHOLD_ACME_DIRECTORY https://acme-v02.api.letsencrypt.org/directory; }

start_certificates() {
  local fault
  fault=$(fault_of_member)
  if [ -n "$fault" ] && is_wanted; then say "Warning: automatic certificates stay off, as $fault: $(how_to_upgrade)" >&2; fi
  if ! wants_certificates; then stop_certificates; return; fi
  local changed=()
  ensure_folder "$acme_home" 700 0
  ensure_folder "$acme_home/asked" 700 0
  ensure_folder "${acme_map%/*}" 755 0
  # Only where this is there, sites ask for certificates.
  ensure_folder "$acme_home/requests" 700 0
  if systemctl is-active --quiet acme.timer && systemctl is-active --quiet acme.path && [ ${#changed[@]} -eq 0 ]; then
    say "Certificates: automatic, from $(acme_directory)."
  else
    say "Turning on automatic certificates, from $(acme_directory). This accepts the CA's terms of service for" \
      "$(operator_address). To turn them off: FREEHOLD_ACME=off in $host_env, then run this again."
    change systemctl enable --quiet --now acme.timer acme.path
  fi
  # For the sites that are here already, and for settings and keys that have changed.
  repeat rm -f "$acme_home/next"
  repeat systemctl start --no-block acme.service
}

# Certificates stay, and so does the account.
stop_certificates() {
  if ! systemctl is-enabled --quiet acme.timer 2>/dev/null; then return; fi
  say "Turning off automatic certificates. Those that are here stay in use until they expire."
  change systemctl disable --quiet --now acme.timer acme.path
  change systemctl stop acme.service
  change rm -rf "$acme_home/requests" "$acme_map"
  forget_ca
}

forget_ca() {
  # The other members of a cluster do not reckon with its CA any more.
  [ -z "$(setting FREEHOLD_ETCD_CERT)" ] || by_etcdctl del "/acme/members/$(setting FREEHOLD_HOST)" >/dev/null 2>&1 || true
  # What the running HAProxy knows of it goes too.
  edge "clear map $acme_map" >/dev/null || true
}
