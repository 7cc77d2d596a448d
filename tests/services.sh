#!/usr/bin/env bash
# Starts and stops private servers on loopback for tests and development. Nothing is shared with servers that run already.
#   tests/services.sh start  postgres|rabbitmq|redis|nginx DIR PORT    returns when it answers; what it keeps is in DIR
#   tests/services.sh stop   postgres|rabbitmq|redis|nginx DIR PORT    an orderly end
#   tests/services.sh kill   postgres|rabbitmq|redis|nginx DIR PORT    SIGKILL
#   tests/services.sh pid    postgres|rabbitmq|redis|nginx DIR PORT    the process id, for other signals
#   tests/services.sh reload nginx DIR PORT                            after other nodes
#   tests/services.sh ctl    DIR PORT ARGUMENT …                       rabbitmqctl for that node
# Ports below 20000, and PORT, PORT+4000 … PORT+8005 of rabbitmq must be free: higher ones are handed out to outgoing connections.
# SERVICE_CONF names a file that is appended to the server's configuration at its first start.
# nginx is the product's balancer, with its own configuration, before the nodes on loopback whose ports are in NGINX_NODES ("8081 8082").
# It runs from REALTIME_TEST_NGINX, else from the PATH.
set -euo pipefail

fail() { echo "services.sh: $*" >&2; exit 1; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
# Waits until the port answers, as long as the process lives.
await_port() {
  local pid=$1 port=$2 log=$3 tries=0
  until answers "$port"; do
    alive "$pid" && [ $((tries += 1)) -lt 1200 ] || { tail -n 40 "$log" >&2; fail "nothing answers on port $port"; }
    sleep 0.05
  done
}
await_end() {
  local pid=$1 tries=0
  while alive "$pid"; do
    [ $((tries += 1)) -lt 600 ] || fail "process $pid does not end"
    sleep 0.05
  done
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
# PostgreSQL refuses to run as root.
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
start_postgres() {
  local bin
  bin=$(postgres_bin)
  if [ ! -d "$dir/data" ]; then
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown nobody:nogroup "$dir"
    as_nobody "$bin/initdb" -D "$dir/data" -U app -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; fail "initdb"; }
    # No fsync: what a test kills is the process, not the machine. SERVICE_CONF can turn it on again.
    as_nobody tee -a "$dir/data/postgresql.conf" >/dev/null <<<"fsync = off
max_connections = 200
unix_socket_directories = ''"
    [ -z "${SERVICE_CONF:-}" ] || as_nobody tee -a "$dir/data/postgresql.conf" >/dev/null <"$SERVICE_CONF"
  fi
  as_nobody setsid nohup "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 >>"$dir/server.log" 2>&1 </dev/null &
  await_port $! "$port" "$dir/server.log"
  # The port opens before the server takes connections.
  local tries=0
  until as_nobody "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    [ $((tries += 1)) -lt 600 ] || fail "PostgreSQL takes no connections"
    sleep 0.05
  done
}
pid_postgres() { head -n 1 "$dir/data/postmaster.pid" 2>/dev/null || true; }
stop_postgres() { local pid; pid=$(pid_postgres); [ -z "$pid" ] || { kill -INT "$pid" 2>/dev/null || true; await_end "$pid"; }; }
kill_postgres() {
  local pid children
  pid=$(pid_postgres)
  [ -n "$pid" ] || return 0
  children=$(pgrep -P "$pid" || true)
  kill -KILL "$pid" $children 2>/dev/null || true
  await_end "$pid"
  for child in $children; do await_end "$child"; done
  rm -f "$dir/data/postmaster.pid"
}

start_redis() {
  mkdir -p "$dir"
  if [ ! -f "$dir/redis.conf" ]; then
    printf '%s\n' "bind 127.0.0.1" "dir $dir" "appendonly yes" "appendfsync everysec" 'save ""' "pidfile $dir/redis.pid" >"$dir/redis.conf"
    [ -z "${SERVICE_CONF:-}" ] || cat "$SERVICE_CONF" >>"$dir/redis.conf"
  fi
  setsid nohup redis-server "$dir/redis.conf" --port "$port" >>"$dir/server.log" 2>&1 </dev/null &
  echo $! >"$dir/redis.pid"
  await_port $! "$port" "$dir/server.log"
}
pid_redis() { cat "$dir/redis.pid" 2>/dev/null || true; }

rabbitmq_environment() {
  export HOME=$dir/home B=/usr/lib/rabbitmq/bin RABBITMQ_NODENAME=r$port@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port
  export RABBITMQ_DIST_PORT=$((port + 4000)) RABBITMQ_CTL_DIST_PORT_MIN=$((port + 8000)) RABBITMQ_CTL_DIST_PORT_MAX=$((port + 8005))
  export RABBITMQ_MNESIA_BASE=$dir/mnesia RABBITMQ_LOG_BASE=$dir/log RABBITMQ_PID_FILE=$dir/pid RABBITMQ_CONF_ENV_FILE=/dev/null
  export RABBITMQ_ENABLED_PLUGINS_FILE=$dir/etc/enabled_plugins RABBITMQ_CONFIG_FILE=$dir/etc/rabbitmq.conf
  # A port mapper of its own for each node, which ends with it.
  export ERL_EPMD_PORT=$((port + 6000)) ERL_EPMD_ADDRESS=127.0.0.1
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
}
start_rabbitmq() {
  mkdir -p "$dir"/{mnesia,log,etc,home}
  rabbitmq_environment
  [ -f "$HOME/.erlang.cookie" ] || { printf LOOPBACKTESTS >"$HOME/.erlang.cookie"; chmod 600 "$HOME/.erlang.cookie"; }
  [ -f "$RABBITMQ_ENABLED_PLUGINS_FILE" ] || echo "[]." >"$RABBITMQ_ENABLED_PLUGINS_FILE"
  [ -f "$RABBITMQ_CONFIG_FILE" ] || { if [ -n "${SERVICE_CONF:-}" ]; then cat "$SERVICE_CONF"; fi >"$RABBITMQ_CONFIG_FILE"; }
  setsid nohup "$B/rabbitmq-server" >>"$dir/log/stdout" 2>&1 </dev/null &
  await_port $! "$port" "$dir/log/stdout"
}
pid_rabbitmq() { cat "$dir/pid" 2>/dev/null || true; }
end_epmd() {
  local pid
  rabbitmq_environment
  pid=$(ss -Hltnp "sport = :$ERL_EPMD_PORT" | sed -nE 's/.*"epmd",pid=([0-9]+).*/\1/p' | head -n 1)
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
}

# What differs from the deployment: the two files that nginx.conf includes.
configure_nginx() {
  local node
  [ -n "${NGINX_NODES:-}" ] || fail "NGINX_NODES names no port"
  cp "$(dirname "$0")/../src/Realtime.Server/deploy/nginx.conf" "$dir/nginx.conf"
  echo "listen 127.0.0.1:$port;" >"$dir/listen.conf"
  echo "zone realtime 64k;" >"$dir/nodes.conf"
  for node in $NGINX_NODES; do echo "server 127.0.0.1:$node max_fails=1 fail_timeout=2s;"; done >>"$dir/nodes.conf"
  "${REALTIME_TEST_NGINX:-nginx}" -p "$dir/" -e stderr -c "$dir/nginx.conf" -t -q >>"$dir/server.log" 2>&1 || { tail -n 5 "$dir/server.log" >&2; fail "nginx refuses its configuration"; }
}
start_nginx() {
  mkdir -p "$dir"
  configure_nginx
  setsid nohup "${REALTIME_TEST_NGINX:-nginx}" -p "$dir/" -e stderr -c "$dir/nginx.conf" -g "daemon off;" >>"$dir/server.log" 2>&1 </dev/null &
  await_port $! "$port" "$dir/server.log"
}
pid_nginx() { cat "$dir/nginx.pid" 2>/dev/null || true; }
# Returns when only workers that know the new nodes take connections.
reload_nginx() {
  local pid before now tries=0
  pid=$(pid_nginx)
  alive "$pid" || fail "nginx does not run"
  before=$(nginx_workers)
  configure_nginx
  kill -HUP "$pid"
  until now=$(nginx_workers) && [ -n "$now" ] && [ -z "$(comm -12 <(echo "$before") <(echo "$now"))" ]; do
    [ $((tries += 1)) -lt 200 ] || fail "nginx keeps its old workers"
    sleep 0.05
  done
}
# Those that still take connections; one on its way out calls itself otherwise.
nginx_workers() { pgrep -P "$(pid_nginx)" -x -f "nginx: worker process" | sort || true; }
kill_nginx() {
  local pid workers
  pid=$(pid_nginx)
  [ -n "$pid" ] || return 0
  workers=$(pgrep -P "$pid" || true)
  kill -KILL "$pid" $workers 2>/dev/null || true
  for pid in $pid $workers; do await_end "$pid"; done
  rm -f "$dir/nginx.pid"
}

signal() {
  local pid
  pid=$("pid_$service")
  alive "$pid" || return 0
  # A server that was stopped by SIGSTOP takes no other signal but SIGKILL.
  kill -CONT "$pid"
  kill "-$1" "$pid"
  await_end "$pid"
}

action=${1:-}
if [ "$action" = ctl ]; then
  dir=$2 port=$3
  shift 3
  rabbitmq_environment
  exec "$B/rabbitmqctl" "$@"
fi
[ $# -eq 4 ] || fail "see the head of the file for its calls"
service=$2 dir=$3 port=$4
case $service in postgres | rabbitmq | redis | nginx) ;; *) fail "no service '$service'" ;; esac
case $action in
  start) "start_$service" ;;
  pid) "pid_$service" ;;
  reload) "reload_$service" ;;
  stop) if [ "$service" = postgres ]; then stop_postgres; else signal TERM; fi ;;
  kill) case $service in postgres | nginx) "kill_$service" ;; *) signal KILL ;; esac ;;
  *) fail "no action '$action'" ;;
esac
if [ "$service" = rabbitmq ] && { [ "$action" = stop ] || [ "$action" = kill ]; }; then end_epmd; fi
