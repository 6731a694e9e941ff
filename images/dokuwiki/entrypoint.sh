#!/bin/sh
# Creates the folders that DokuWiki requires, then becomes Apache.
set -eu
# shellcheck source-path=SCRIPTDIR source=../gateway.sh
. /usr/lib/freehold/gateway.sh
case "${DOMAIN:-}" in
  '' | *[!a-z0-9.-]*) echo "DOMAIN must be a host name such as example.com, but is '${DOMAIN:-}'" >&2; exit 2 ;;
esac
cd /srv/wiki/data
mkdir -p attic cache index locks log media media_attic media_meta meta pages tmp
GATEWAY=$(find_gateway)
export GATEWAY="${GATEWAY:-127.0.0.1}"
exec apache2 -D FOREGROUND -f /etc/apache2/apache2.conf
