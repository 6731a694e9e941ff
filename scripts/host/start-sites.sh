#!/usr/bin/env bash
# Starts the enabled sites, a few at a time. Run by start-sites.service at boot.
set -euo pipefail

# How many start at the same time. More would not be served any sooner.
turns=$(($(nproc) * 2))

# Units of sites that start with the host, one a line.
enabled_sites() {
  local link template domain
  for link in /etc/systemd/system/*.wants/*@?*.service; do
    template=/etc/systemd/system/${link##*/}
    template=${template%%@*}@.service
    domain=${link##*/*@} domain=${domain%.service}
    # It is another host's, which a loss of power has kept from being noted here.
    [ ! -e "/data/moving/$domain/given" ] || continue
    if grep --quiet --fixed-strings 'freehold.site=%i' "$template" 2>/dev/null; then echo "${link##*/}"; fi
  done | sort --unique
}

# It may have been disabled meanwhile.
is_enabled() { compgen -G "/etc/systemd/system/*.wants/$1" >/dev/null; }

# One that takes longer, such as a first clone, does not hold up the others. One that fails is tried again by retry@.
start_sites() {
  local site running=0
  for site; do
    is_enabled "$site" || continue
    if ((running == turns)); then wait -n || true; else running=$((running + 1)); fi
    # Only these programs, as a further shell for each site would cost as much again.
    timeout 60 systemctl start "$site" &
  done
  wait
}

# For one release: after a loss of power during the upgrade.
bash /usr/local/lib/freehold/container-names.sh || true
mapfile -t sites < <(enabled_sites)
rm -f /run/freehold/booting
[ ${#sites[@]} -gt 0 ] || exit 0
echo "Starting ${#sites[@]} sites, $turns at a time."
start_sites "${sites[@]}"
echo "All ${#sites[@]} sites have been started."
