#!/bin/sh
# Runs npm, of the version in package.json, with the machine's own certificates if there are any (see the Dockerfile
# beside this).
set -eu
bundle=/usr/local/lib/freehold/machine-ca.crt
if [ -s "$bundle" ]; then
  export NODE_EXTRA_CA_CERTS="$bundle"
fi
export COREPACK_ENABLE_DOWNLOAD_PROMPT=0
exec corepack npm "$@"
