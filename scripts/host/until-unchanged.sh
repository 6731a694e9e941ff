#!/bin/sh
# Runs a command that reads a file, and repeats it if the file has changed meanwhile. While the service of a path unit runs,
# systemd does not watch the path (PathChanged= in systemd.path(5)), so it would miss a change until the next one.
#
#   until-unchanged.sh FILE COMMAND …
set -u

file=$1
shift

# Not the time of its inode, which changes with its owner and mode.
describe() { stat --format '%i %s %.9Y' "$file" 2>/dev/null || echo none; }

now=$(describe)
while :; do
  before=$now code=0
  "$@" || code=$?
  now=$(describe)
  [ "$now" != "$before" ] || exit "$code"
done
