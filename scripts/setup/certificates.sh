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
      || say "Warning: automatic certificates stay off, as FREEHOLD_OPERATOR in $host_env is '$stored', which no CA takes as a mail address. Correct it there, or set FREEHOLD_ACME=off."
    return 0
  fi
  is_mail_address "$1" || refuse "'$1' is not a mail address; see --help."
  if [ -n "$2" ] || [ -n "$(setting FREEHOLD_ETCD_CERT)" ]; then
    refuse "Automatic certificates do not work in a cluster yet, as its members do not share an account with the CA: run this" \
      "without --operator, and copy certificates to the members (docs/how-to/run-a-cluster.md). Nothing was changed."
  fi
}

# As in packages/acme/src/settings.ts.
is_mail_address() { [[ $1 =~ ^[^[:space:]@\"\'=]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$ ]]; }

write_operator() {
  [ -n "$1" ] && [ "$(setting FREEHOLD_OPERATOR)" != "$1" ] || return 0
  local new=$host_env.new
  { grep -v '^FREEHOLD_OPERATOR=' "$host_env"; echo "FREEHOLD_OPERATOR=$1"; } >"$new"
  chmod --reference "$host_env" "$new"
  mv "$new" "$host_env"
  say "$host_env: FREEHOLD_OPERATOR=$1"
}

# A member of a cluster keeps the address for WordPress.
wants_certificates() {
  is_mail_address "$(setting FREEHOLD_OPERATOR)" && [ "$(setting FREEHOLD_ACME on)" = on ] && [ -z "$(setting FREEHOLD_ETCD_CERT)" ]
}

acme_directory() { setting FREEHOLD_ACME_DIRECTORY https://acme-v02.api.letsencrypt.org/directory; }

start_certificates() {
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
      "$(setting FREEHOLD_OPERATOR). To turn them off: FREEHOLD_ACME=off in $host_env, then run this again."
    systemctl enable --quiet --now acme.timer acme.path
  fi
  # For the sites that are here already, and for settings that have changed.
  rm -f "$acme_home/next"
  systemctl start --no-block acme.service
}

# Certificates stay, and so does the account.
stop_certificates() {
  if ! systemctl is-enabled --quiet acme.timer 2>/dev/null; then return; fi
  [ -z "$(setting FREEHOLD_ETCD_CERT)" ] || say "Automatic certificates do not work in a cluster yet: copy certificates to the members (docs/how-to/run-a-cluster.md)."
  say "Turning off automatic certificates. Those that are here stay in use until they expire."
  systemctl disable --quiet --now acme.timer acme.path
  systemctl stop acme.service
  rm -rf "$acme_home/requests" "$acme_map"
  # What the running HAProxy knows of it goes too.
  edge "clear map $acme_map" >/dev/null || true
}
