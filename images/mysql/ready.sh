#!/bin/sh
# Waits until the database answers. The caller limits the time; when the container ends, so does this.
until mariadb --execute 'DO 1' 2>/dev/null; do sleep 0.1; done
