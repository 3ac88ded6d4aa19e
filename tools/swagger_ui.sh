#!/usr/bin/env bash
# Fetches Swagger UI from npm into a folder, only the files that the docs page needs, so that an application can serve
# them itself instead of pointing at a CDN.
#   tools/swagger_ui.sh [FOLDER]
set -eu
target=${1:-swagger-ui}
command -v npm >/dev/null 2>&1 || {
    echo "swagger-ui: npm is needed to fetch the package swagger-ui-dist; on Debian: apt-get install npm." >&2
    exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent swagger-ui-dist@5 >/dev/null) || {
    echo "swagger-ui: npm could not fetch swagger-ui-dist." >&2
    exit 1
}
mkdir -p "$target"
for file in swagger-ui-bundle.js swagger-ui.css favicon-32x32.png LICENSE; do
    tar -xzf "$scratch"/swagger-ui-dist-*.tgz -C "$scratch" "package/$file"
    install -m 644 "$scratch/package/$file" "$target/$file"
done
echo "Swagger UI $(ls "$scratch" | sed -n 's/^swagger-ui-dist-\(.*\)\.tgz$/\1/p') is in $target/."
