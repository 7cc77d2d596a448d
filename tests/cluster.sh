#!/usr/bin/env bash
# The topology of docker-compose.yml on loopback without containers: nodes of the built server behind the product's balancer, with PostgreSQL,
# RabbitMQ and Redis of their own (see services.sh for what has to be installed).
#   tests/cluster.sh start DIR PORT [NODES]   returns when all can serve, by default two; prints the balancer's address
#   tests/cluster.sh stop DIR                 an orderly end of everything; DIR stays, and start goes on with what it keeps
#   tests/cluster.sh kill-node DIR I          SIGKILL of node I, counted from 1
#   tests/cluster.sh stop-node DIR I          an orderly end of it
#   tests/cluster.sh start-node DIR I         returns when it can serve
#   tests/cluster.sh status DIR               one line for the balancer and for each node
# Exported Realtime__… (and ASPNETCORE_ENVIRONMENT) go to the nodes and win over the settings made here: with Realtime__Store__Kind=memory there
# is no PostgreSQL, and a service whose connection string is given is not started. REALTIME_TEST_SERVER_DLL names another server.
# The balancer takes PORT, node I PORT+I, PostgreSQL, Redis, RabbitMQ and its management PORT+10 to PORT+13; see services.sh for what RabbitMQ adds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
server=${REALTIME_TEST_SERVER_DLL:-$here/../.artifacts/bin/Realtime.Server/release/Realtime.Server.dll}

fail() { echo "cluster.sh: $*" >&2; exit 1; }
service() { bash "$here/services.sh" "$1" "$2" "$dir/$2" "$3"; }
ready() { bash "$here/../src/Realtime.Server/deploy/healthcheck.sh" "$1" 2>/dev/null; }
node_pid() { cat "$dir/node$1.pid" 2>/dev/null || true; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
# What was started here, one "name port" a line, so that the end needs no guess.
started() { grep -E "^$1 " "$dir/started" 2>/dev/null | cut -d ' ' -f 2; }

# An own service, unless another one or none is asked for: name, port, the setting of its kind and the kind, the setting of its address, the address.
provide() {
  local name=$1 service_port=$2 kind_setting=$3 kind=$4 address_setting=$5 address=$6
  [ -z "$kind_setting" ] || [ "${!kind_setting}" = "$kind" ] || return 0
  [ -z "${!address_setting:-}" ] || return 0
  service start "$name" "$service_port"
  echo "$name $service_port" >>"$dir/started"
  export "$address_setting=$address"
}

start_services() {
  export Realtime__Store__Kind=${Realtime__Store__Kind:-postgres} Realtime__Backbone__Kind=${Realtime__Backbone__Kind:-rabbitmq}
  mkdir -p "$dir/rabbitmq/etc"
  echo "[rabbitmq_management]." >"$dir/rabbitmq/etc/enabled_plugins"
  printf '%s\n' "management.tcp.ip = 127.0.0.1" "management.tcp.port = $((port + 13))" >"$dir/rabbitmq/etc/rabbitmq.conf"
  provide postgres $((port + 10)) Realtime__Store__Kind postgres Realtime__Store__ConnectionString \
    "Host=127.0.0.1;Port=$((port + 10));Username=app;Database=postgres"
  provide redis $((port + 11)) "" "" Realtime__Redis__ConnectionString "127.0.0.1:$((port + 11))"
  provide rabbitmq $((port + 12)) Realtime__Backbone__Kind rabbitmq Realtime__Backbone__ConnectionString "amqp://guest:guest@127.0.0.1:$((port + 12))/"
}

# Kept for nodes that are started later.
save_environment() {
  local name
  export ASPNETCORE_ENVIRONMENT=${ASPNETCORE_ENVIRONMENT:-Demo} ASPNETCORE_FORWARDEDHEADERS_ENABLED=true
  for name in $(compgen -e | grep -E '^(Realtime__|ASPNETCORE_)'); do printf 'export %s=%q\n' "$name" "${!name}"; done >"$dir/environment"
}

start_node() {
  local index=$1 node_port=$((port + $1)) pid tries=0
  ! alive "$(node_pid "$index")" || fail "node $index runs already"
  mkdir -p "$dir/node$index"
  (
    . "$dir/environment"
    # A store of one process alone, where that is what was asked for, is the node's own.
    export Urls=http://127.0.0.1:$node_port Realtime__Store__Path=$dir/node$index/realtime.db
    cd "$dir/node$index"
    exec setsid nohup dotnet "$server" >>"$dir/node$index.log" 2>&1 </dev/null
  ) &
  pid=$!
  echo "$pid" >"$dir/node$index.pid"
  until ready "$node_port"; do
    alive "$pid" && [ $((tries += 1)) -lt 300 ] || { tail -n 20 "$dir/node$index.log" >&2; fail "node $index can't serve"; }
    sleep 0.1
  done
}

end_node() {
  local pid tries=0
  pid=$(node_pid "$2")
  alive "$pid" || return 0
  kill "-$1" "$pid"
  while alive "$pid"; do
    [ $((tries += 1)) -lt 400 ] || fail "node $2 does not end"
    sleep 0.05
  done
}

start() {
  local index ports=
  [ -f "$server" ] || fail "there is no $server: dotnet build src/Realtime.Server -c Release"
  [ "$nodes" -ge 1 ] && [ "$nodes" -le 9 ] || fail "between 1 and 9 nodes, not $nodes"
  [ ! -s "$dir/started" ] || fail "$dir is in use: tests/cluster.sh stop $dir"
  mkdir -p "$dir"
  # PostgreSQL and the balancer's workers run as another user under root.
  chmod a+x "$dir"
  echo "$port $nodes" >"$dir/cluster"
  : >"$dir/started"
  start_services
  save_environment
  for index in $(seq "$nodes"); do
    echo "node $index" >>"$dir/started"
    start_node "$index"
    ports+="$((port + index)) "
  done
  NGINX_NODES=$ports service start nginx "$port"
  echo "nginx $port" >>"$dir/started"
  echo "http://127.0.0.1:$port"
}

stop() {
  local name name_port index
  for name_port in $(started nginx); do service stop nginx "$name_port"; done
  for index in $(started node); do end_node TERM "$index"; done
  for name in rabbitmq redis postgres; do
    for name_port in $(started "$name"); do service stop "$name" "$name_port"; done
  done
  rm -f "$dir/started"
}

status() {
  local index pid
  echo "balancer http://127.0.0.1:$port $(ready "$port" && echo ready || echo down)"
  for index in $(seq "$nodes"); do
    pid=$(node_pid "$index")
    if ready $((port + index)); then state=ready; elif alive "$pid"; then state=unavailable; else state=down; fi
    echo "node$index http://127.0.0.1:$((port + index)) pid $pid $state"
  done
}

[ $# -ge 2 ] || fail "see the head of the file for its calls"
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
if [ "$action" = start ]; then
  port=${3:?a port} nodes=${4:-2}
else
  [ -f "$dir/cluster" ] || fail "no cluster was started in $dir"
  read -r port nodes <"$dir/cluster"
fi
node() { [[ ${1:-} =~ ^[1-9]$ ]] && [ "$1" -le "$nodes" ] || fail "node '${1:-}' is none of 1 to $nodes"; }
case $action in
  start) start ;;
  stop) stop ;;
  kill-node) node "${3:-}" && end_node KILL "$3" ;;
  stop-node) node "${3:-}" && end_node TERM "$3" ;;
  start-node) node "${3:-}" && start_node "$3" ;;
  status) status ;;
  *) fail "no action '$action'" ;;
esac
