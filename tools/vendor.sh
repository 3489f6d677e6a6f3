#!/bin/sh
# Fetches what is kept in the tree but not ours, exactly as tools/vendor.lock says, and checks its hash. Needs npm and openssl.
# `tools/vendor.sh --check` compares with the tree instead of writing to it.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -v '^#' "$root/tools/vendor.lock" | while read -r name version hash folder files; do
    tarball=$(cd "$work" && npm pack --silent "$name@$version" 2>/dev/null | tail -n 1)
    found=sha512-$(openssl dgst -sha512 -binary "$work/$tarball" | openssl base64 -A)
    [ "$found" = "$hash" ] || { echo "$name $version: $found is not what tools/vendor.lock says" >&2; exit 1; }
    into="$root/$folder/$name-$version"
    [ "${1:-}" = --check ] && into="$work/$name"
    mkdir -p "$into"
    for file in $files; do
        tar xzf "$work/$tarball" --strip-components=1 -C "$into" "package/$file"
        [ "${1:-}" != --check ] || cmp "$into/$file" "$root/$folder/$name-$version/$file"
    done
    echo "$name $version: as locked"
done
