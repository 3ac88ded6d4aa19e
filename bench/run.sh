#!/bin/sh
# Measures fastapi.hpp against a bare epoll loop, bare cpp-httplib and FastAPI: bench/run.sh [--quick] [--help]
exec python3 "$(dirname "$0")/run.py" "$@"
