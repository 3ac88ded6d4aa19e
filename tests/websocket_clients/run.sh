#!/usr/bin/env bash
# WebSocket clients that others wrote, against a server of ours: npm's ws, PyPI's websockets, headless Chromium.
#   run.sh SERVER   the program made from server.cpp
# The first run fetches the two packages into build/websocket_clients/. TIMES=1 says what takes how long.
set -u
cd "$(dirname "$0")/../.." || exit 1
server=$1
folder=build/websocket_clients
ws=8.23.0
websockets=17.4
scratch=$(mktemp -d) || exit 1
servers=()
cleanup() {
    [ ${#servers[@]} -gt 0 ] && kill "${servers[@]}" 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT
mkdir -p "$folder"

npm_package() {
    grep -qs "\"version\": \"$ws\"" "$folder/node_modules/ws/package.json" && return
    npm install --silent --no-audit --no-fund --no-package-lock --prefix "$folder" "ws@$ws"
}
python_package() {
    "$folder/venv/bin/python" -c "import websockets; raise SystemExit(websockets.__version__ != '$websockets')" 2>/dev/null && return
    python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "websockets==$websockets"
}

# client NAME COMMAND...: runs it against a server of its own, whose port is the last argument. What it says goes to a file.
client() {
    local name=$1 port=
    shift
    for _ in $(seq 100); do
        port=$(sed -n 's|.*http://127\.0\.0\.1:\([0-9]*\).*|\1|p' "$scratch/$name.server" | head -n 1)
        [ -n "$port" ] && break
        sleep 0.05
    done
    timeout 35 "$@" "$port" >"$scratch/$name" 2>&1 </dev/null
}
begin() {
    "$server" --port 0 --no-access-log >"$scratch/$1.server" 2>&1 </dev/null &
    servers+=($!)
}

passed=0 failed=0
clients=()
run() {
    begin "$1"
    clients+=("$1")
    client "$@" &
    waiting+=($!)
}
missing() {
    failed=$((failed + 1))
    echo "websocket-clients: $1"
}

waiting=()
if npm_package >"$scratch/log" 2>&1; then
    run ws node tests/websocket_clients/ws_client.mjs "$folder"
else
    missing "npm cannot fetch ws $ws: $(tail -n 3 "$scratch/log")"
fi
if python_package >"$scratch/log" 2>&1; then
    run websockets "$folder/venv/bin/python" tests/websocket_clients/client.py
else
    missing "pip cannot fetch websockets $websockets: $(tail -n 3 "$scratch/log")"
fi
run chromium node tests/websocket_clients/chromium_client.mjs

wait "${waiting[@]}"
for i in "${!clients[@]}"; do
    name=${clients[$i]}
    counts=$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$scratch/$name" | tail -n 1)
    [ -z "$counts" ] && echo "websocket-clients: $name did not come to its end" && counts="0 1"
    grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$scratch/$name"
    read -r good bad <<<"$counts"
    passed=$((passed + good)) failed=$((failed + bad))
    kill -0 "${servers[$i]}" 2>/dev/null || missing "the server of $name ended: $(tail -n 3 "$scratch/$name.server")"
    echo "$name: $good of $((good + bad))"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
