#!/bin/sh
# Configures nginx for its one domain, from the environment, then becomes nginx.
set -eu

refuse() {
  found="'$DOMAIN'"
  case "$DOMAIN" in *[[:cntrl:]]*) found="a text of several lines" ;; esac
  echo "<3>DOMAIN must be a host name such as example.com, of lower-case letters, digits, hyphens and dots, but is $found" >&2
  exit 2
}

check_domain() {
  [ "${#DOMAIN}" -le 253 ] || refuse
  case "$DOMAIN" in
    '' | *[!a-z0-9.-]* | .* | *. | *..* | -* | *- | *.-* | *-.*) refuse ;;
  esac
}

DOMAIN="${DOMAIN:-}"
check_domain
echo "server_name $DOMAIN www.$DOMAIN;" > /tmp/server-name.conf
exec /usr/sbin/nginx -e stderr -c /etc/nginx/nginx.conf
