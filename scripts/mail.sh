#!/usr/bin/env bash
# Forwards mail of this host's domains. Run it on a host; what is set on one is in force on all that share its etcd.
#
#   scripts/mail.sh add ADDRESS TARGET…   mail for ADDRESS goes to each TARGET, in the place of those it went to
#   scripts/mail.sh remove ADDRESS        no longer
#   scripts/mail.sh list                  what is configured, what Postfix has, what was left out and why
#   scripts/mail.sh test ADDRESS          what would happen to a message for ADDRESS, and why; sends nothing
#   scripts/mail.sh dns DOMAIN            the records in DNS that the domain needs (add says them for a new domain)
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
    --volume /data/runtime/postfix:/data/runtime/postfix:ro \
    --volume /data/runtime/haproxy:/data/runtime/haproxy:ro \
    --volume /run/freehold/postfix:/run/postfix \
    freehold/postfix-config "$@" 2> >(sed 's/^<[0-7]>//' >&2)
}

main() {
  case "${1:-}" in
    --help) print_help "$0"; return ;;
    add | remove | list | test | dns) ;;
    '') refuse "Tell what to do: add, remove, list, test or dns; see --help." ;;
    *) refuse "'$1' is nothing that this does; see --help." ;;
  esac
  need_root
  check_host
  by_postfix_config "$@"
}

main "$@"
