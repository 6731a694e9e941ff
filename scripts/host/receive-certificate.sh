#!/usr/bin/env bash
# Takes a certificate (chain and key in one PEM) for a site of this host from standard input, and waits until visitors
# are shown it. If they are not, the previous one is restored. Called by scripts/deploy/approve-certs.sh.
#
#   scripts/host/receive-certificate.sh DOMAIN
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../host-lib.sh
source "$here/../host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=certificates.sh
source "$here/certificates.sh"

is_shown() { [ "$(shown_fingerprint "$domain")" = "$(fingerprint_of "$file")" ]; }

# A running site's is handed over by certificate@DOMAIN.path too; that of a stopped one is for its 503 page.
hand_over() { systemctl start "certificate@$domain" || true; }

put_back() {
  local reason
  reason=$(journalctl --unit "certificate@$domain" --identifier import --lines 1 --output cat 2>/dev/null || true)
  if [ -f "$file.before" ]; then mv "$file.before" "$file"; else rm "$file"; fi
  hand_over
  fail "HAProxy does not present the new certificate of $domain after 20 s, so the previous one was restored. See journalctl -u certificate@$domain -u haproxy-confd." \
    "${reason:+The last line of certificate@$domain is: $reason}"
}

main() {
  [ "${1:-}" != --help ] || { print_help "$0"; return; }
  local domain=${1:-} file fault
  check_domain "$domain"
  need_root
  check_host
  [ -d "/data/domains/$domain" ] || fail "$domain has no data on this host. Add the site first, or import the certificate together with the data."
  file=/data/domains/$domain/TLS/$domain.pem
  [ -d "${file%/*}" ] || install --directory --mode 700 "${file%/*}"
  [ ! -L "${file%/*}" ] || fail "${file%/*} is a symbolic link. Replace it with a folder."
  # shellcheck disable=SC2064 # the file of now
  trap "rm -f '$file.new'" EXIT
  # Beside its place, so that it is there whole or not at all.
  (umask 077 && head --bytes 1M >"$file.new")
  fault=$(fault_of "$file.new" "$domain" 0)
  [ -z "$fault" ] || [[ $fault == *www.* ]] || fail "The new certificate for $domain $fault. Nothing was changed."
  [ ! -f "$file" ] || cp --preserve=mode,timestamps "$file" "$file.before"
  mv "$file.new" "$file"
  hand_over
  if [ "$(edge_status "$domain")" = 404 ]; then say "Installed the certificate of $domain. The site is not running."; return; fi
  wait_for 20 is_shown || put_back
  rm -f "$file.before"
  say "$domain: visitors get the new certificate, which is valid for $(days_left "$file") days."
}

main "$@"
