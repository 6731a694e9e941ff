#!/usr/bin/env bash
# Forwards mail of this host's domains. Run it on a host; a change applies to all hosts that share its etcd.
#
#   scripts/mail.sh add ADDRESS TARGET…   forward mail for ADDRESS to each TARGET, replacing existing targets
#   scripts/mail.sh remove ADDRESS        stop forwarding
#   scripts/mail.sh list [--json]         list the forwards, their state in Postfix, and skipped entries with reasons
#   scripts/mail.sh test ADDRESS [--json] explain what would happen to a message for ADDRESS; sends nothing
#   scripts/mail.sh dns DOMAIN            print the DNS records that the domain needs (add prints them for a new domain)
#
#   --as FOLDER, before these: use the certificate in FOLDER (ca.pem cert.pem key.pem). In a cluster a host itself may
#                    read the forwards, but add and remove require the operator's (docs/how-to/run-a-cluster.md)
#
#   ADDRESS  info@example.com, or *@example.com (in quotes: '*@example.com') for the rest of the domain.
#            info+anything@example.com goes where info@ goes.
#   TARGET   a mail address, here or elsewhere
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

# One call of the program postfix-config, beside the permanently running one.
by_postfix_config() {
  docker run --rm --log-driver none --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
    --env-file "$host_env" --env "FREEHOLD_BOOT_ID=$(boot_id)" \
    --volume "$keys:/etc/freehold/cluster:ro" \
    --volume /data/runtime/postfix:/data/runtime/postfix:ro \
    --volume /data/runtime/haproxy:/data/runtime/haproxy:ro \
    --volume /run/freehold/postfix:/run/postfix \
    --pull never freehold/postfix-config "$@" 2> >(sed 's/^<[0-7]>//' >&2)
}

# The program does not run as root, and only it can read the copy.
borrow_keys() {
  local file
  keys=$(mktemp --directory --tmpdir=/run freehold-mail.XXXXXX)
  trap 'rm -rf "$keys"' EXIT
  for file in ca.pem cert.pem key.pem; do
    [ -r "$1/$file" ] || refuse "Cannot read $1/$file: --as requires a folder with ca.pem, cert.pem and key.pem."
    install --mode 400 --owner 10001 "$1/$file" "$keys/$file"
  done
  chown 10001 "$keys"
}

keys=/etc/freehold/cluster

main() {
  local as=''
  if [ "${1:-}" = --as ]; then need_value "$@"; as=$2; shift 2; fi
  case "${1:-}" in
    --help) print_help "$0"; return ;;
    add | remove | list | test | dns) ;;
    '') refuse "Missing argument: add, remove, list, test or dns. See 'mail.sh --help'." ;;
    *) refuse "Unknown command '$1'. See 'mail.sh --help'." ;;
  esac
  need_root
  check_host
  [ -z "$as" ] || borrow_keys "$as"
  by_postfix_config "$@"
}

main "$@"
