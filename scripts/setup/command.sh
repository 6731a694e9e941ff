# shellcheck shell=bash disable=SC2154 # some variables are those of setup.sh
# The command freehold on PATH, its manual page and its completion. A part of setup.sh.

install_command() {
  local changed=() command=/usr/local/bin/freehold share=/usr/local/share link=/usr/local/lib/freehold/scripts
  if ! cmp --silent "$here/freehold" "$command" || [ ! -x "$command" ]; then
    install -D --mode 755 "$here/freehold" "$command"
    changed+=("$command")
  fi
  install_file "$here/command/freehold.1" "$share/man/man1/freehold.1"
  install_file "$here/command/freehold.bash" "$share/bash-completion/completions/freehold"
  install_file "$here/command/_freehold" "$share/zsh/site-functions/_freehold"
  install_file "$here/command/freehold.fish" "$share/fish/vendor_completions.d/freehold.fish"
  # Of most changes a script of the same version does the work.
  if [ "$(readlink "$link")" != "$here" ]; then
    mkdir -p "${link%/*}"
    ln --symbolic --no-target-directory --force "$here" "$link"
    changed+=("$link")
  fi
  if [ ${#changed[@]} -gt 0 ]; then say "The command freehold: ${changed[*]}"; else say "The command freehold: is installed."; fi
}
