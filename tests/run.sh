#!/usr/bin/env bash
# Runs every check and test of the project, installing what they need. Ends with "N passed, N failed".
#   bash tests/run.sh          everything
#   bash tests/run.sh dotnet   one part of: format deploy dotnet clients pages
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
only=${1:-all}
export REALTIME_REQUIRE_SERVICES=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=${CI:-true}
# Most processes of the tests live for seconds: measuring how code runs, to compile it better, costs them more than it brings.
export DOTNET_TieredPGO=0
work=$(mktemp -d)
server_pid=
style_pid=
aside_pid=
services=()
policy=
passed=0
failed=0
failures=()

cleanup() {
  local pid
  for pid in $style_pid $aside_pid; do
    kill -TERM "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  if [ -n "$server_pid" ]; then
    kill -TERM "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
  fi
  local name_port
  for name_port in "${services[@]}"; do
    # Two words: the name and the port.
    bash tests/services.sh stop ${name_port% *} "$work/${name_port% *}" "${name_port#* }"
  done
  [ -z "$policy" ] || rm -f "$policy"
  rm -rf "$work"
}
trap cleanup EXIT

say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }
wants() { [ "$only" = all ] || [ "$only" = "$1" ]; }
finish() {
  [ ${#failures[@]} -eq 0 ] || printf '\nFAILED: %s' "${failures[@]}"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}
fail() {
  failures+=("$1")
  failed=$((failed + 1))
  echo "FAILED: $1"
}
# A step that is no test: what comes after it would mean nothing.
must() {
  local what=$1
  shift
  if ! "$@" >"$work/step.log" 2>&1; then
    cat "$work/step.log"
    fail "$what"
    finish
  fi
}
# A check that counts as one test.
check() {
  local what=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok: $what"
  else
    tail -n 60 "$work/check.log"
    fail "$what"
  fi
}
# A vitest run, counted by its own report; one that leaves no report counts as a failure.
vitest() {
  local what=$1 report=$work/vitest.json ok bad
  shift
  rm -f "$report"
  (cd clients && "$@" --reporter=default --reporter=json --outputFile.json="$report") || true
  local counts
  if counts=$(node -e '
      const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      // A file that could not even be loaded holds no tests, and is a failure all the same.
      const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
      console.log(report.numPassedTests, report.numFailedTests + broken + report.numPendingTests + report.numTodoTests);
      for (const file of report.testResults)
        for (const test of file.assertionResults) if (test.status === "failed") console.log(test.fullName);
    ' "$report"); then
    read -r ok bad <<<"$counts"
    mapfile -t -O ${#failures[@]} failures < <(tail -n +2 <<<"$counts")
    [ "$ok" -gt 0 ] || bad=$((bad + 1))
  else
    ok=0 bad=1
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  echo "$what: $ok passed, $bad failed or skipped"
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
install() {
  local missing=() lean=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v curl >/dev/null || missing+=(curl)
  command -v ss >/dev/null || missing+=(iproute2)
  command -v pgrep >/dev/null || missing+=(procps)
  [ -n "$(postgres_bin)" ] || missing+=(postgresql)
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx)
  # It only reads files here, and needs no engine.
  command -v docker-compose >/dev/null || lean+=(docker-compose)
  [ $((${#missing[@]} + ${#lean[@]})) -eq 0 ] && return
  say "installing ${missing[*]} ${lean[*]}"
  # Packages start their services where nothing forbids it; the tests start their own.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  must "apt-get update" apt-get update
  [ ${#missing[@]} -eq 0 ] || must "apt-get install" env DEBIAN_FRONTEND=noninteractive apt-get install -y "${missing[@]}"
  [ ${#lean[@]} -eq 0 ] || must "apt-get install" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${lean[@]}"
}

build() {
  say "building"
  must "npm ci" npm --prefix clients ci --no-audit --no-fund
  must "SDK build" npm --prefix clients run build -w sdk
  # One compiler for all projects, wherever its sharing is turned off: starting one for each takes as long as compiling.
  must "dotnet build" dotnet build Realtime.sln -c Release -p:UseSharedCompilation=true
  must "dotnet build-server shutdown" dotnet build-server shutdown --vbcscompiler
}

# A port with those above it that services.sh takes for RabbitMQ, all free.
free_port() {
  local port offset
  while true; do
    port=$((15000 + RANDOM % 4000))
    for offset in 0 4000 6000 8000 8001 8002 8003 8004 8005; do
      [ -z "$(ss -Hltn "sport = :$((port + offset))")" ] || continue 2
    done
    echo "$port"
    return
  done
}
start_services() {
  local name port
  say "starting PostgreSQL, RabbitMQ and Redis"
  # PostgreSQL runs as another user under root.
  chmod a+x "$work"
  for name in postgres rabbitmq redis; do
    port=$(free_port)
    services+=("$name $port")
    must "start of $name" bash tests/services.sh start "$name" "$work/$name" "$port"
    case $name in
      postgres) export REALTIME_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=app;Database=postgres" ;;
      rabbitmq) export REALTIME_TEST_RABBITMQ="amqp://guest:guest@127.0.0.1:$port/" ;;
      redis) export REALTIME_TEST_REDIS="127.0.0.1:$port" ;;
    esac
  done
  REALTIME_TEST_NGINX=$(command -v nginx || echo /usr/sbin/nginx)
  export REALTIME_TEST_NGINX
}

# The files of the deployment, as far as they can be judged without a container engine.
test_deploy() {
  local production=(-f docker-compose.yml -f src/Realtime.Server/deploy/production.yml)
  local secrets=(REALTIME_HMAC_KEY=x POSTGRES_PASSWORD=x RABBITMQ_PASSWORD=x REDIS_PASSWORD=x) secret others
  say "deployment"
  check "docker-compose.yml" docker-compose -f docker-compose.yml config -q
  check "production.yml" env "${secrets[@]}" docker-compose "${production[@]}" config -q
  for secret in "${secrets[@]}"; do
    others=("${secrets[@]/#$secret/${secret%%=*}=}")
    check "production.yml refuses to start without ${secret%%=*}" fails env "${others[@]}" docker-compose "${production[@]}" config -q
  done
  check "dclint" clients/node_modules/.bin/dclint -q docker-compose.yml src/Realtime.Server/deploy/production.yml
}
fails() { ! "$@"; }

# It mostly waits, for users to stay away, and goes on beside the tests of the clients.
aside=Realtime.WebPush.Tests

# Test projects, one after another: several measure what a loaded machine would change. Counted by count_dotnet, from the log.
run_dotnet() {
  local log=$1 project
  shift
  for project in "$@"; do
    dotnet test "tests/$project" -c Release --no-build --logger "console;verbosity=normal" 2>&1 | tee -a "$log" |
      grep -vE '^\s+Passed |^\[xUnit|^$' || true
  done
}
count_dotnet() {
  local log=$1 expected=$2 counts ok bad projects
  counts=$(awk '
    /^Test Run (Successful|Failed|Aborted)/ { runs++ }
    /^ +Passed: [0-9]+$/ { ok += $2 }
    /^ +(Failed|Skipped): [0-9]+$/ { bad += $2 }
    /^Test Run Aborted/ { bad++ }
    END { print ok + 0, bad + 0, runs + 0 }' "$log")
  read -r ok bad projects <<<"$counts"
  if [ "$projects" -ne "$expected" ]; then
    failures+=("$projects of $expected test projects reported")
    bad=$((bad + expected - projects))
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  mapfile -t -O ${#failures[@]} failures < <(sed -nE 's/^ +Failed (.*)/\1/p' "$log")
}
test_dotnet() {
  say "dotnet test"
  local projects
  mapfile -t projects < <(cd tests && ls -d ./*.Tests | cut -c3- | grep -vxF "$aside" | sort -r)
  run_dotnet "$work/dotnet.log" "${projects[@]}"
  count_dotnet "$work/dotnet.log" ${#projects[@]}
}
start_aside() {
  run_dotnet "$work/aside.log" "$aside" >"$work/aside.out" &
  aside_pid=$!
}
finish_aside() {
  say "$aside"
  wait "$aside_pid"
  aside_pid=
  cat "$work/aside.out"
  count_dotnet "$work/aside.log" 1
}

# It reads what is built and disturbs little, so it goes on beside the first tests.
start_style() {
  dotnet format Realtime.sln --no-restore --verify-no-changes >"$work/style.log" 2>&1 &
  style_pid=$!
}
finish_style() {
  say "style"
  check "dotnet format" waited "$style_pid" "$work/style.log"
  style_pid=
  check "eslint" npm --prefix clients run lint
}
waited() {
  local outcome=0
  wait "$1" || outcome=$?
  cat "$2"
  return "$outcome"
}

start_server() {
  server_dll=$root/.artifacts/bin/Realtime.Server/release/Realtime.Server.dll
  ASPNETCORE_ENVIRONMENT=Development Urls=http://127.0.0.1:0 Realtime__Store__Path=$work/server.db \
    dotnet "$server_dll" >"$work/server.log" 2>&1 &
  server_pid=$!
  local tries=0
  until address=$(sed -nE 's/.*Now listening on: (http.*)/\1/p' "$work/server.log") && [ -n "$address" ]; do
    if ! kill -0 "$server_pid" 2>/dev/null || [ $((tries += 1)) -gt 300 ]; then
      cat "$work/server.log"
      fail "the server did not start"
      finish
    fi
    sleep 0.1
  done
  export REALTIME_TEST_SERVER=$address REALTIME_TEST_SERVER_DLL=$server_dll
}

install
build
if wants format; then start_style; fi
if wants deploy; then test_deploy; fi
if wants dotnet; then
  start_services
  test_dotnet
fi
if wants format; then finish_style; fi
if wants dotnet; then start_aside; fi
if wants clients || wants pages; then start_server; fi
if wants clients; then
  say "clients"
  check "SDK types" npm --prefix clients run check -w sdk
  check "pages types" npm --prefix clients run check -w demo
  check "SDK size" npm --prefix clients run size -w sdk
  vitest "SDK units" npm test -w sdk --
  vitest "SDK against the server" npm run test:server -w sdk --
  vitest "pages units" npm test -w demo --
fi
if wants pages; then
  say "pages in Chromium"
  vitest "pages" npm run test:pages -w demo --
fi
if wants dotnet; then finish_aside; fi
finish
