#!/usr/bin/env bash
# Adds a site to this host, starts it, and waits until it is served. Run again, it completes an interrupted run.
#
#   scripts/add-site.sh DOMAIN [--app APP] [--from SOURCE]
#   scripts/add-site.sh DOMAIN --git 'URL [REF]' | --git - | --git-file FILE
#
#   --app APP          the app: static (the default), static-git or another app that has a unit on this host
#   --from SOURCE      imports the site's data: a folder or archive (.zip, .tar, .tar.gz, .tar.xz and the like) of its
#                      pages, or with the structure of a site's folder in /data/domains (static/www-content/,
#                      TLS/DOMAIN.pem). SOURCE itself is not changed
#   --take SOURCE      the same, but SOURCE is removed after the import. If the import fails, it stays
#   --git 'URL [REF]'  serves a git repository (--app static-git), at a branch, tag or commit; docs/how-to/publish-from-git.md.
#                      A URL with a password or token is refused here, as every user can see a command's arguments
#   --git -            reads 'URL [REF]' from standard input
#   --git-file FILE    reads 'URL [REF]' from a file
#
# The same manually: put the tree into /data/import/DOMAIN, then systemctl enable --now APP@DOMAIN
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host-lib.sh
source "$here/host-lib.sh"
# shellcheck source-path=SCRIPTDIR source=add-site/address.sh
source "$here/add-site/address.sh"
# shellcheck source-path=SCRIPTDIR source=add-site/check.sh
source "$here/add-site/check.sh"
# shellcheck source-path=SCRIPTDIR source=add-site/delivery.sh
source "$here/add-site/delivery.sh"
# shellcheck source-path=SCRIPTDIR source=add-site/start.sh
source "$here/add-site/start.sh"
# shellcheck source-path=SCRIPTDIR source=add-site/await-certificate.sh
source "$here/add-site/await-certificate.sh"

# A new site has no backend of its own name in its first seconds, and some front pages are 404: either will do.
is_served() { [[ $(edge_status "$domain") == [23]* || $(edge_check "$domain") == UP* ]]; }

wait_until_served() {
  wait_for 90 is_served && return
  journalctl --no-pager --quiet --output cat --lines 10 --unit "discovery@$domain" --unit haproxy-confd >&2
  fail "$domain is not served after 90 s. The last messages of discovery@$domain and haproxy-confd are above."
}

main() {
  local domain='' app='' url from='' git='' take=no
  while [ $# -gt 0 ]; do
    case "$1" in
      --help) print_help "$0"; return ;;
      --app) need_value "$@"; app=$2; shift ;;
      --from) need_value "$@"; from=$2; shift ;;
      --take) need_value "$@"; from=$2 take=yes; shift ;;
      --git | --git-file) need_value "$@"; read_address "$1" "$2"; shift ;;
      -*) refuse "Unknown option '$1'. See '$0 --help'." ;;
      *) [ -z "$domain" ] || refuse "Unexpected argument '$1': only one domain at a time. See '$0 --help'."; domain=$1 ;;
    esac
    shift
  done
  check_domain "$domain"
  if [ -n "$git" ]; then app=${app:-static-git}; else app=${app:-static}; fi
  need_root
  check_host
  check_app "$app"
  check_bridge
  check_from "$from"
  check_take "$from"
  check_git
  [ -z "$from$git" ] || bring_data "$from"
  start_site "$from$git"
  [ -z "$from$git" ] || remove_source
  wait_until_served
  await_certificate
  if [ -f "$certificates/$domain.pem" ]; then url=https://$domain/; else url=http://$domain/; fi
  say "Served: $url (tested from this host itself, not through DNS or a firewall)"
}

main "$@"
