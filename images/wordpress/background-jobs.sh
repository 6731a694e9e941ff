#!/bin/sh
# Does what WordPress has planned for now: publishing what is due, looking for updates, mail of plugins.
set -eu
# shellcheck source-path=SCRIPTDIR source=../say.sh
. /usr/lib/freehold/say.sh
# shellcheck source-path=SCRIPTDIR source=lib/settings.sh
. /usr/lib/freehold/settings.sh
read_settings
# Sooner than the timer's unit would give up, which would leave it running.
exec timeout 840 php /usr/share/freehold/background-jobs.php
