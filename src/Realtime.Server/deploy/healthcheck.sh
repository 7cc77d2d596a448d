#!/usr/bin/env bash
# Ends with 0 where a node on this machine can serve. The runtime image has no curl, but a bash that opens sockets.
#   healthcheck.sh [PORT]
set -uo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${1:-8080}" || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3 && [ "$status" = 200 ]
