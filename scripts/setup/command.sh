# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The command freehold on PATH, its manual page and its completion. Part of setup.sh.

# The folder of the scripts of the command's version. For a deployed version, that is the link /opt/freehold: it
# also follows a roll-back to a version without the command, which scripts/freehold detects.
scripts_in_use() {
  if [ "$(realpath /opt/freehold 2>/dev/null)" = "$(realpath "$here/..")" ]; then echo /opt/freehold/scripts; else echo "$here"; fi
}

install_command() {
  local scripts changed=() command=/usr/local/bin/freehold share=/usr/local/share link=/usr/local/lib/freehold/scripts
  if ! cmp --silent "$here/freehold" "$command" || [ ! -x "$command" ]; then
    change install -D --mode 755 "$here/freehold" "$command"
    changed+=("$command")
  fi
  install_file "$here/command/freehold.1" "$share/man/man1/freehold.1"
  install_file "$here/command/freehold.bash" "$share/bash-completion/completions/freehold"
  install_file "$here/command/_freehold" "$share/zsh/site-functions/_freehold"
  install_file "$here/command/freehold.fish" "$share/fish/vendor_completions.d/freehold.fish"
  # For most changes, the command runs a script of the same version.
  scripts=$(scripts_in_use)
  if [ "$(readlink "$link")" != "$scripts" ]; then
    change mkdir -p "${link%/*}"
    change ln --symbolic --no-target-directory --force "$scripts" "$link"
    changed+=("$link")
  fi
  if [ ${#changed[@]} -gt 0 ]; then say "The command freehold: ${changed[*]}"; else say "The command freehold: up to date."; fi
}
