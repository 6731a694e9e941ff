#!/bin/sh
# Runs npm, trusting the machine's own certificates where they were brought along (see the Dockerfile beside this).
set -eu
bundle=/usr/local/lib/freehold/machine-ca.crt
if [ -s "$bundle" ]; then
  export NODE_EXTRA_CA_CERTS="$bundle"
fi
exec npm "$@"
