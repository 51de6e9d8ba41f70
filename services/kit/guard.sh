#!/bin/sh
# Runs a server and ends it when whoever started it is gone, however that came: then the standard
# input ends. Prints the server's process id first. Plain sh: the same on Linux and macOS.
# usage: guard.sh LOG SIGNAL PROGRAM [ARGUMENT...]; SIGNAL: what ends the server, such as KILL
log=$1
signal=$2
shift 2
# Ctrl-C reaches the whole group; the starter ends its servers in order.
trap '' INT HUP
exec 3<&0 </dev/null
"$@" 3<&- >>"$log" 2>&1 &
server=$!
echo "$server"
exec >/dev/null 2>&1
(
  # Nobody writes: this waits for the end.
  read -r _ <&3
  trap '' TERM
  kill -"$signal" "$server"
  tries=0
  while kill -0 "$server"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || kill -KILL "$server"
    sleep 0.05
  done
) &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher"
exit "$code"
