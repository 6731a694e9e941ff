# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# How the steps of setup.sh change this host. For --print, print.sh replaces these functions. Part of setup.sh.

# step WHY FUNCTION …: only --print prints the reason.
step() { "${@:2}"; }

# change COMMAND …
change() { "$@"; }

# repeat COMMAND …: it does no harm where the step has changed nothing, and --print then omits it.
repeat() { "$@"; }

# write_file FILE: with the standard input
write_file() { cat >"$1"; }

# set_kernel FILE VALUE: FILE is below /proc/sys.
set_kernel() { { echo "$2" >"$1"; } 2>/dev/null; }

check_isolation() { "$here/check-isolation.sh"; }
