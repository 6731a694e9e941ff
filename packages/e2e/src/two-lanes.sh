#!/usr/bin/env bash
# All tests on whole hosts, in two lanes side by side, as most of the time they wait: the deploy*.test.ts with their jump
# box and servers, and all others. What the first lane says comes after the end of the second.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=no
npm run --silent e2e:servers >"$log" 2>&1 &
servers=$!
npm run --silent e2e:host || failed=yes
wait "$servers" || failed=yes
cat "$log"
[ "$failed" = no ]
