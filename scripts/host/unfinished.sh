# shellcheck shell=bash disable=SC2154 # some variables are those of switch-version.sh
# A switch of versions that loses power is not left half done: at its next start the host rolls back to the
# version that was good. A part of switch-version.sh.

unfinished=/etc/systemd/system/freehold-unfinished.service
wanted=/etc/systemd/system/multi-user.target.wants/freehold-unfinished.service

# version_before: the one that was good before a switch that is not finished, else the one in use.
version_before() {
  sed -n 's/^# Before: //p' "$unfinished" 2>/dev/null | grep . || setting FREEHOLD_VERSION
}

# begin_switch BEFORE: a bare host without one switches to the new one instead. No reload of systemd, as the unit is for the
# next start alone.
begin_switch() {
  local target=${1:-$version}
  cat >"$unfinished.new" <<EOT
# Before: $1
[Unit]
Description=freehold $target, after a switch of versions was interrupted
After=docker.service etcd.service network-online.target
Wants=network-online.target

[Service]
# Not oneshot: the machine is up meanwhile.
Type=exec
ExecStart=/bin/bash $here/switch-version.sh $target $name
EOT
  mv "$unfinished.new" "$unfinished"
  mkdir -p "${wanted%/*}"
  ln --symbolic --force "$unfinished" "$wanted"
  sync --file-system "$unfinished"
}

end_switch() {
  [ -e "$unfinished" ] || return 0
  rm -f "$wanted" "$unfinished"
  sync "${unfinished%/*}" "${wanted%/*}"
}
