# Completion of freehold for bash, from 'freehold completion bash'.
_freehold() {
  local IFS=$'\n' line
  COMPREPLY=()
  # bash takes = for the end of a word: after it there is nothing to offer.
  [ "${COMP_WORDS[COMP_CWORD]}" != = ] || return
  while read -r line; do
    COMPREPLY+=("${line%%$'\t'*}")
  done < <(freehold complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ ${#COMPREPLY[@]} -eq 1 ] && [ "${COMPREPLY[0]%=}" != "${COMPREPLY[0]}" ]; then compopt -o nospace; fi
}
complete -o default -F _freehold freehold
