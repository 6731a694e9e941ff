#!/usr/bin/env bash
# Forwards mail of this host's domains. Run it on a host; what is set on one is in force on all that share its etcd.
#
#   scripts/mail.sh add ADDRESS TARGET…   mail for ADDRESS goes to each TARGET, in the place of those it went to
#   scripts/mail.sh remove ADDRESS        no longer
#   scripts/mail.sh list [--json]         what is configured, what Postfix has, what was left out and why
#   scripts/mail.sh test ADDRESS [--json] what would happen to a message for ADDRESS, and why; sends nothing
#   scripts/mail.sh dns DOMAIN            the records in DNS that the domain needs (add says them for a new domain)
#
#   --as FOLDER, before these: with the certificate in FOLDER (ca.pem cert.pem key.pem). In a cluster a host itself may
#                    read the routes, but add and remove take the operator's (docs/cluster.md)
#
#   ADDRESS  info@example.com, or *@example.com (in quotes: '*@example.com') for all the rest of the domain.
#            info+anything@example.com goes where info@ goes.
#   TARGET   a mail address, here or elsewhere
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"

# One call of the program postfix-config, beside the one that runs all the time.
by_postfix_config() {
  docker run --rm --log-driver none --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
    --env-file "$host_env" --env "FREEHOLD_BOOT_ID=$(boot_id)" \
    --volume "$keys:/etc/freehold/cluster:ro" \
    --volume /data/runtime/postfix:/data/runtime/postfix:ro \
    --volume /data/runtime/haproxy:/data/runtime/haproxy:ro \
    --volume /run/freehold/postfix:/run/postfix \
    --pull never freehold/postfix-config "$@" 2> >(sed 's/^<[0-7]>//' >&2)
}

# The program does not run as root, and only it gets to see the copy.
borrow_keys() {
  local file
  keys=$(mktemp --directory --tmpdir=/run freehold-mail.XXXXXX)
  trap 'rm -rf "$keys"' EXIT
  for file in ca.pem cert.pem key.pem; do
    [ -r "$1/$file" ] || refuse "There is no $1/$file: --as needs a folder with ca.pem, cert.pem and key.pem."
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
    '') refuse "Tell what to do: add, remove, list, test or dns; see --help." ;;
    *) refuse "'$1' is nothing that this does; see --help." ;;
  esac
  need_root
  check_host
  [ -z "$as" ] || borrow_keys "$as"
  by_postfix_config "$@"
}

main "$@"
