# shellcheck shell=bash disable=SC2154 # some variables are those of add-site.sh
# Where certificates are automatic: what has become of the new site's. A part of add-site.sh.

is_decided_by_acme() { [ -e "$certificates/$domain.pem" ] || [ -s "/data/acme/status/$domain" ]; }

await_certificate() {
  if [ ! -d /data/acme/requests ] || [ -e "$certificates/$domain.pem" ]; then return; fi
  say "Waiting for its certificate"
  if ! wait_for 60 is_decided_by_acme; then
    say "There is no certificate yet. See scripts/list-sites.sh and journalctl -u acme."
  elif [ ! -e "$certificates/$domain.pem" ] && ! wait_for 5 test -e "$certificates/$domain.pem"; then
    say "$(cat "/data/acme/status/$domain")"
  fi
}
