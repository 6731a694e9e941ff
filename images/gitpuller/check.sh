#!/bin/sh
# The cheap part of a pull, and usually all of it: the exit code is 0 if a pull of DOMAIN would find nothing new, and
# 1 if it might. gitpuller's last run has recorded the state in the folder `check` (note-check.ts). Run by
# gitpuller-check@.service as the user of gitpuller.
#
#   check.sh DOMAIN
set -u
umask 077

data=${FREEHOLD_DATA:-/data}
home=$data/domains/$1/static-git
base=$data/runtime/domains/$1/static-git
check=$base/check
temporary=${TMPDIR:-/tmp}

[ -e "$check/expected" ] && [ "${FREEHOLD_GIT_SUBMODULES:-off}" = off ] || exit 1

# The same settings as in git.ts.
export HOME="$temporary" LC_ALL=C GIT_CONFIG_GLOBAL="$check/git-config" GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 \
  GIT_NO_LAZY_FETCH=1 GIT_OPTIONAL_LOCKS=0 GIT_CEILING_DIRECTORIES="$temporary"

is_file() { [ -f "$1" ] && [ ! -L "$1" ]; }

# In a subshell, so that nothing else runs in the owner's folder.
owner_files() (
  cd "$home" || exit
  set --
  for name in GITURL id_ed25519 id_ecdsa id_rsa known_hosts WEBHOOK_SECRET; do
    if is_file "$name"; then set -- "$@" "$name"; fi
  done
  sha256sum "$@"
)

# For ssh, which refuses a key that others might read.
write_key() {
  for name in id_ed25519 id_ecdsa id_rsa; do
    if is_file "$home/$name"; then
      { tr -d '\r' <"$home/$name"; echo; } >"$temporary/key"
      return
    fi
  done
}

# write_credential URL: the credential in GITURL, in the format of git-credential-store(1).
write_credential() {
  read -r line <"$home/GITURL"
  line=${line#*://}
  case $line in *@*) ;; *) return ;; esac
  user=${line%%@*}
  case $user in *:*) ;; *) user=$user: ;; esac
  host=${1#*://}
  echo "https://$user@${host%%/*}" >"$temporary/credentials"
}

ask_remote() {
  { read -r url && set -- && while read -r pattern; do set -- "$@" "$pattern"; done; } <"$check/remote"
  [ $# -gt 0 ] || return 0
  if [ -e "$check/ssh_config" ]; then write_key; else write_credential "$url"; fi
  # Outside of any repository, whose configuration would apply.
  GIT_DIR=/dev/null GIT_ALLOW_PROTOCOL=https:ssh git ls-remote --symref -- "$url" "$@"
}

served=$(readlink "$base/www-content") || exit 1
repository=$base/repository.git/$served
found=$(
  echo "${FREEHOLD_GIT_DEPTH:-1} ${FREEHOLD_GIT_MAX_MB:-2000} ${FREEHOLD_GIT_MAX_FILES:-100000} ${FREEHOLD_GIT_STALL_SECONDS:-60}"
  owner_files
  echo "$served"
  stat -c '%i %Z' "$repository/index"
  ask_remote
) 2>/dev/null
[ "$found" = "$(cat "$check/expected")" ] || exit 1

# Empty if the files are as git left them.
changed=$(GIT_ALLOW_PROTOCOL='' GIT_DIR=$repository GIT_WORK_TREE=$base/$served git -C "$base/$served" status \
  --porcelain=v1 --no-renames --untracked-files=all --ignored=matching --ignore-submodules=none 2>&1) || exit 1
[ -z "$changed" ]
