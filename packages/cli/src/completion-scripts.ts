// The scripts that make a shell ask 'freehold complete'. They hand words on as arguments: nothing that was typed is
// evaluated.
export const shells = ['bash', 'zsh', 'fish'] as const;

const bash = `# Completion of freehold for bash, from 'freehold completion bash'.
_freehold() {
  local IFS=$'\\n' line
  COMPREPLY=()
  # bash takes = for the end of a word: after it there is nothing to offer.
  [ "\${COMP_WORDS[COMP_CWORD]}" != = ] || return
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(freehold complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ \${#COMPREPLY[@]} -eq 1 ] && [ "\${COMPREPLY[0]%=}" != "\${COMPREPLY[0]}" ]; then compopt -o nospace; fi
}
complete -o default -F _freehold freehold
`;

const zsh = `#compdef freehold
# Completion of freehold for zsh, from 'freehold completion zsh'.
_freehold() {
  local -a offers
  local line
  while IFS= read -r line; do
    # Without a meaning, none is shown.
    offers+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}")
  done < <(freehold complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#offers} )); then _describe freehold offers; else _files; fi
}
if [ "\${funcstack[1]}" = _freehold ]; then _freehold "$@"; else compdef _freehold freehold; fi
`;

const fish = `# Completion of freehold for fish, from 'freehold completion fish'.
function __freehold_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l offers (freehold complete $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null)
    if test (count $offers) -gt 0
        printf '%s\\n' $offers
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command freehold --no-files --arguments '(__freehold_complete)'
`;

export const completionScripts: Readonly<Record<(typeof shells)[number], string>> = { bash, zsh, fish };
