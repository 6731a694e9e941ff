#!/bin/sh
# Waits until the database answers. How long is for the caller to say; with the container this ends, too.
until mariadb --execute 'DO 1' 2>/dev/null; do sleep 0.1; done
