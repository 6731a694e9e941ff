#!/bin/sh
# Runs WordPress's scheduled jobs that are due: publishing posts, checking for updates, mail of plugins.
set -eu
# shellcheck source-path=SCRIPTDIR source=../say.sh
. /usr/lib/freehold/say.sh
# shellcheck source-path=SCRIPTDIR source=lib/settings.sh
. /usr/lib/freehold/settings.sh
read_settings
# Shorter than the time limit of the timer's unit, which would leave it running.
exec timeout 840 php /usr/share/freehold/background-jobs.php
