#!/usr/bin/env bash
# A compiler launcher for the consumers, which compile the same text under different paths: once.sh COMPILER ARGUMENT...
# What the preprocessor makes of it, and the arguments but for paths, are looked up in $ONCE; an object that is there is taken.
# Only for objects without debug information, and of a text that does not name its file.
set -u
[ -z "${ONCE:-}" ] && exec "$@"
output= compiles= flags=() preprocess=()
for ((i = 1; i <= $#; i++)); do
    argument=${!i} next=$((i + 1))
    case "$argument" in
    -c) compiles=1 && preprocess+=(-E -P) ;;
    -o) output=${!next} && i=$next ;;
    -MF | -MT | -MQ | -isystem) preprocess+=("$argument" "${!next}") && i=$next ;;
    -I* | *.cpp) preprocess+=("$argument") ;;
    -g*) exec "$@" ;;
    *) preprocess+=("$argument") flags+=("$argument") ;;
    esac
done
[ -z "$compiles" ] || [ -z "$output" ] && exec "$@"
text=$(mktemp "$ONCE/text.XXXXXX") || exec "$@"
"${preprocess[@]}" -o "$text" 2>/dev/null || { rm -f "$text" && exec "$@"; }
key=$({ printf '%s\n' "${flags[@]}" && cat "$text"; } | sha256sum | cut -d' ' -f1)
rm -f "$text"
{
    flock 9 # two that want the same wait for one
    if [ -f "$ONCE/$key.o" ]; then
        cp "$ONCE/$key.o" "$output"
    else
        "$@" 9>&- || exit
        cp "$output" "$ONCE/$key.part" && mv "$ONCE/$key.part" "$ONCE/$key.o"
    fi
} 9>"$ONCE/$key.lock"
