#!/usr/bin/env bash
# Runs every check and test of the project, installing what they need. Ends with "N passed, N failed".
#   bash tests/run.sh          everything
#   bash tests/run.sh dotnet   one part of: format dotnet clients pages
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
only=${1:-all}
export REALTIME_REQUIRE_SERVICES=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=${CI:-true}
work=$(mktemp -d)
server_pid=
passed=0
failed=0

cleanup() {
  if [ -n "$server_pid" ]; then
    kill -TERM "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
  fi
  rm -rf "$work"
}
trap cleanup EXIT

say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }
wants() { [ "$only" = all ] || [ "$only" = "$1" ]; }
finish() {
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}
# A step that is no test: what comes after it would mean nothing.
must() {
  local what=$1
  shift
  if ! "$@" >"$work/step.log" 2>&1; then
    cat "$work/step.log"
    printf '\nFAILED: %s\n' "$what"
    failed=$((failed + 1))
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
    failed=$((failed + 1))
    tail -n 60 "$work/check.log"
    echo "FAILED: $what"
  fi
}
# A vitest run, counted by its own report; one that leaves no report counts as a failure.
vitest() {
  local what=$1 report=$work/vitest.json
  shift
  rm -f "$report"
  (cd clients && "$@" --reporter=default --reporter=json --outputFile.json="$report") || true
  local counts
  if counts=$(node -e '
      const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
      // A file that could not even be loaded holds no tests, and is a failure all the same.
      const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
      console.log(report.numPassedTests, report.numFailedTests + broken + report.numPendingTests + report.numTodoTests);
    ' "$report"); then
    read -r ok bad <<<"$counts"
    [ "$ok" -gt 0 ] || bad=$((bad + 1))
  else
    ok=0 bad=1
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  echo "$what: $ok passed, $bad failed or skipped"
}

install() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  must "apt-get update" apt-get update
  must "apt-get install" env DEBIAN_FRONTEND=noninteractive apt-get install -y "${missing[@]}"
}

build() {
  say "building"
  must "npm ci" npm --prefix clients ci --no-audit --no-fund
  must "SDK build" npm --prefix clients run build -w sdk
  must "dotnet build" dotnet build Realtime.sln -c Release
}

test_dotnet() {
  say "dotnet test"
  # One project at a time: several measure what a loaded machine would change.
  dotnet test Realtime.sln -c Release --no-build -m:1 --logger "console;verbosity=normal" 2>&1 | tee "$work/dotnet.log" |
    grep -vE '^\s+Passed |^\[xUnit|^$' || true
  local counts
  counts=$(awk '
    /^Test Run (Successful|Failed|Aborted)/ { runs++ }
    /^ +Passed: [0-9]+$/ { ok += $2 }
    /^ +(Failed|Skipped): [0-9]+$/ { bad += $2 }
    /^Test Run Aborted/ { bad++ }
    END { print ok + 0, bad + 0, runs + 0 }' "$work/dotnet.log")
  read -r ok bad projects <<<"$counts"
  local expected
  expected=$(find tests -name '*.Tests.csproj' | wc -l)
  if [ "$projects" -ne "$expected" ]; then
    echo "FAILED: $projects of $expected test projects reported"
    bad=$((bad + expected - projects))
  fi
  passed=$((passed + ok))
  failed=$((failed + bad))
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
      echo "FAILED: the server did not start"
      failed=$((failed + 1))
      finish
    fi
    sleep 0.1
  done
  export REALTIME_TEST_SERVER=$address REALTIME_TEST_SERVER_DLL=$server_dll
}

install
build
if wants format; then
  say "style"
  check "dotnet format" dotnet format Realtime.sln --no-restore --verify-no-changes
  check "eslint" npm --prefix clients run lint
fi
if wants dotnet; then test_dotnet; fi
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
finish
