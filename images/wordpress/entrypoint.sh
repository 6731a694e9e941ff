#!/bin/sh
# Checks the settings, copies the initial files of a new site, installs it, replaces a former address, then becomes Apache.
set -eu

# shellcheck source-path=SCRIPTDIR source=../say.sh
. /usr/lib/freehold/say.sh
# shellcheck source-path=SCRIPTDIR source=lib/settings.sh
. /usr/lib/freehold/settings.sh
# shellcheck source-path=SCRIPTDIR source=lib/vanilla.sh
. /usr/lib/freehold/vanilla.sh

content=/usr/share/wordpress/wp-content

main() {
  read_settings
  bring_vanilla
  php /usr/share/freehold/prepare.php || exit 1
  if [ -n "${FORMER_DOMAIN:-}" ]; then php /usr/share/freehold/change-address.php || exit 1; fi
  exec apache2 -D FOREGROUND -f /etc/apache2/apache2.conf
}

main
