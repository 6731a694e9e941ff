#!/usr/bin/env bash
# Forwards mail of this host's domains: 'freehold mail'. Run it on a host; a change applies to all hosts that share its etcd.
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

if [ "${1:-}" = --help ]; then sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit; fi
# shellcheck source-path=SCRIPTDIR source=host/own-program.sh
source "$(dirname "${BASH_SOURCE[0]}")/host/own-program.sh"
become_own_program mail-step "$@"
