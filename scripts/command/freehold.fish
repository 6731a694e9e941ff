# Completion of freehold for fish, from 'freehold completion fish'.
function __freehold_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l offers (freehold complete $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null)
    if test (count $offers) -gt 0
        printf '%s\n' $offers
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command freehold --no-files --arguments '(__freehold_complete)'
