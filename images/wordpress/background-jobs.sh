#!/bin/sh
# Does what WordPress has planned for now: publishing what is due, looking for updates, mail of plugins.
set -eu
# shellcheck source-path=SCRIPTDIR source=lib/say.sh
. /usr/lib/freehold/say.sh
# shellcheck source-path=SCRIPTDIR source=lib/settings.sh
. /usr/lib/freehold/settings.sh
read_settings
exec php /usr/share/freehold/background-jobs.php
