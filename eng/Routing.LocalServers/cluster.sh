# The part of a local cluster that must run as the servers' own user: another user, root in a container included, may
# neither read /proc/PID/cwd of the servers nor own their files. It is passed to "sh -c" whole, so that it needs no file
# that user could not read, and it is POSIX shell, because the guard shall outlive everything else.
#
#   sh -c SCRIPT cluster.sh COMMAND DIRECTORY BIN [ARGUMENT...]
#
# DIRECTORY is the cluster's (guard, create, finish) or inside it (all others); BIN is where the servers' programs are.
set -u
command=$1
dir=$2
bin=$3
shift 3

fail() {
    echo "$*" >&2
    exit 1
}

# Lists the processes of the servers' programs, of whichever version, that work inside $1. Both must hold, the program and
# the directory: a shell someone opened there is not ours to end. Servers work in their data directory, and so do all their
# children, also those a killed postmaster left behind.
processes() {
    if [ -d /proc/self ]; then
        ls -l /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null | awk -v dir="$1" '
            {
                at = index($0, "/proc/"); arrow = index($0, " -> ")
                if (at == 0 || arrow == 0) next
                split(substr($0, at + 6, arrow - at - 6), part, "/")
                target = substr($0, arrow + 4)
                if (part[2] == "cwd" && (target == dir || index(target, dir "/") == 1)) inside[part[1]] = 1
                if (part[2] == "exe" && target ~ /\/(postgres|initdb|pg_ctl|pg_basebackup|mariadbd|mysqld)( \(deleted\))?$/) ours[part[1]] = 1
            }
            END { for (pid in inside) if (pid in ours) print pid }'
        return
    fi

    # Without /proc (macOS): the postmasters named by their pid files whose command line names their data directory, and
    # their children.
    for file in "$1/postmaster.pid" "$1"/*/data/postmaster.pid "$1/mariadbd.pid" "$1"/*/data/mariadbd.pid; do
        [ -f "$file" ] || continue
        ps -axo pid=,ppid=,command= | awk -v pid="$(sed -n 1p "$file")" -v data="${file%/*.pid}" '
            $1 == pid && index($0, data) { found = 1 }
            $1 == pid || $2 == pid { family[$1] = 1 }
            END { if (found) for (member in family) print member }'
    done
}

postmasters() {
    alive=" $(processes "$1" | tr '\n' ' ')"
    for file in "$1/postmaster.pid" "$1"/*/data/postmaster.pid; do
        [ -f "$file" ] || continue
        pid=$(sed -n 1p "$file")
        case $alive in *" $pid "*) echo "$pid" ;; esac
    done
}

# The postmaster first: stopped or dead it neither forks nor restarts, so the second list is complete.
signal() {
    for pid in $(postmasters "$2"); do kill -s "$1" "$pid" 2>/dev/null; done
    for pid in $(processes "$2"); do kill -s "$1" "$pid" 2>/dev/null; done
    return 0
}

state() {
    if [ -d /proc/self ]; then
        sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1
    else
        ps -o state= -p "$1" | cut -c1
    fi
}

# A signal only asks: a process stops when it is next scheduled, and until the postmaster has, it may still fork.
freeze() {
    waited=0
    while :; do
        signal STOP "$dir"
        running=
        for pid in $(processes "$dir"); do
            case $(state "$pid") in T | "") ;; *) running="$running $pid" ;; esac
        done
        [ -n "$running" ] || return 0
        waited=$((waited + 1))
        [ "$waited" -le 500 ] || fail "processes$running of $dir did not stop within 10 s"
        sleep 0.02
    done
}

# Waits until nothing works inside $1, at most $2 times 50 ms.
await_end() {
    waited=0
    while [ -n "$(processes "$1")" ]; do
        waited=$((waited + 1))
        [ "$waited" -le "$2" ] || return 1
        sleep 0.05
    done
}

# Removes what a killed postmaster leaves: its shared memory segment, which would outlive the directory, and its pid file,
# which would stop the next start where nobody reaps the dead process and its number still counts as alive. The segment is
# ours when it has the number in the pid file, that postmaster created it, and nobody is attached.
sweep() {
    [ -f "$1/postmaster.pid" ] || return 0
    if [ -r /proc/sysvipc/shm ]; then
        segment=$(awk -v pid="$(sed -n 1p "$1/postmaster.pid")" -v id="$(awk 'NR == 7 { print $2 }' "$1/postmaster.pid")" \
            '$2 == id && $5 == pid && $7 == 0 { print $2 }' /proc/sysvipc/shm)
        [ -z "$segment" ] || ipcrm -m "$segment"
    fi
    rm -f "$1/postmaster.pid"
}

finish() {
    # Anyone may create a directory of this name in a shared temporary directory, or a link: only our own is touched.
    case $dir in */routing-pg-* | */routing-mariadb-*) ;; *) fail "$dir is not a cluster's directory" ;; esac
    [ -d "$dir" ] || return 0
    [ ! -L "$dir" ] && [ -O "$dir" ] || fail "$dir does not belong to $(id -un)"

    signal CONT "$dir"
    # MariaDB would flush its tables first, which nobody will read; PostgreSQL quits at once and frees its shared memory.
    case $dir in */routing-mariadb-*) signal KILL "$dir" ;; *) signal QUIT "$dir" ;; esac
    await_end "$dir" 60 || { signal KILL "$dir"; await_end "$dir" 40; }
    for data in "$dir"/*/data; do sweep "$data"; done

    # A program of ours that was just starting may still write into the directory.
    attempts=0
    until rm -rf "$dir" 2>/dev/null; do
        attempts=$((attempts + 1))
        [ "$attempts" -le 20 ] || fail "$dir could not be removed"
        signal KILL "$dir"
        sleep 0.1
    done
}

case $command in
create)
    mkdir -m 700 "$dir"
    ;;
guard)
    # Holds the reading end of a pipe whose writing end only the owner has: its end, however violent, is our end of file.
    trap '' HUP INT TERM QUIT
    exec >/dev/null 2>&1
    cd /
    while read -r _; do :; done
    finish
    ;;
finish)
    finish
    ;;
init)
    umask 077
    mkdir -p "$dir" && cat >"$dir.password" || exit 1
    "$bin/initdb" -D "$dir" -U "$1" --pwfile="$dir.password" --auth-host=scram-sha-256 --auth-local=scram-sha-256 \
        --encoding=UTF8 --locale=C --no-sync >/dev/null
    result=$?
    rm -f "$dir.password"
    exit $result
    ;;
init-mariadb)
    # What it says about passwords and daemons is not for throw-away servers.
    umask 077
    mkdir -p "$dir" && cd "$dir" || exit 1
    "$bin/mariadb-install-db" --no-defaults --datadir="$dir" --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=normal --innodb-log-file-size=8M --innodb-flush-method=nosync >"$dir.init" 2>&1 || fail "$(tail -n 20 "$dir.init")"
    ;;
start-mariadb)
    # Its working directory is what it is found by. A session of its own keeps Ctrl-C away from it.
    cd "$dir" || exit 1
    umask 077
    $(command -v setsid) "$1" --defaults-file="$dir.cnf" </dev/null >>"${dir%/*}/log" 2>&1 &
    waited=0
    while kill -0 "$!" 2>/dev/null && [ -z "$(processes "$dir")" ] && [ "$waited" -lt 100 ]; do
        waited=$((waited + 1))
        sleep 0.05
    done
    ;;
term)
    signal TERM "$dir"
    await_end "$dir" "$1" || fail "the server of $dir did not stop in time"
    ;;
copy)
    mkdir -p "${1%/*}" && cp -pR "$dir" "$1"
    ;;
write)
    umask 077
    cat >"$dir"
    ;;
empty)
    rm -rf "$dir" && mkdir -m 700 "$dir"
    ;;
processes)
    processes "$dir"
    ;;
postmasters)
    postmasters "$dir"
    ;;
freeze)
    freeze
    ;;
thaw)
    signal CONT "$dir"
    ;;
kill)
    signal KILL "$dir"
    await_end "$dir" 200 || fail "processes of $dir survived SIGKILL for 10 s: $(processes "$dir" | tr '\n' ' ')"
    ;;
sweep)
    [ -n "$(processes "$dir")" ] || sweep "$dir"
    ;;
*)
    fail "unknown command $command"
    ;;
esac
