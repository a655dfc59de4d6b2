#!/usr/bin/env bash
# Builds everything and runs every test: ./test.sh [--long] [--verbose] [--no-install] [PROJECT...]
#
#   --long        also the long variants of tests (sets ROUTING_LONG=1)
#   --verbose     name each test as it passes, not only the failed ones
#   --no-install  never install a package; say what is missing instead
#   PROJECT       only test projects whose name contains one of these words, such as "unit" or "stress"
#
# The last line is "N passed, N failed", with ", N skipped" where tests were skipped. The exit code is 0 only when every
# project ran to its end, ran a test, and no test failed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
results=$root/artifacts/test-results
order="UnitTests BenchmarkTests ConformanceTests IntegrationTests StressTests"
hang_timeout=5m
install=yes
verbose=no
filters=()

# The runner's words are read below, and its numbers and dates shall not depend on the machine.
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
exec </dev/null

say() { printf '%s\n' "$*"; }

stop() {
    printf '\ntest.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

while [ $# -gt 0 ]; do
    case $1 in
    --long)
        export ROUTING_LONG=1
        hang_timeout=30m
        ;;
    --verbose) verbose=yes ;;
    --no-install) install=no ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*) stop "unknown option $1; see ./test.sh --help" ;;
    *) filters+=("$1") ;;
    esac
    shift
done

# --- What is needed -----------------------------------------------------------------------------------------------------

require_dotnet() {
    if command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
        return
    fi

    stop "the .NET 10 SDK is not installed (found: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' || true)). Install it
  Debian, Ubuntu:  sudo apt-get install dotnet-sdk-10.0   (Debian: first add https://learn.microsoft.com/dotnet/core/install/linux-debian)
  Fedora:          sudo dnf install dotnet-sdk-10.0
  macOS:           brew install dotnet-sdk
  anywhere:        curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0, then put ~/.dotnet into PATH
and run ./test.sh again."
}

# The same places as eng/Routing.LocalServers looks in.
has_postgresql() {
    local directory
    for directory in "${ROUTING_POSTGRESQL_BIN:-}" ${PATH//:/ } /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin /Applications/Postgres.app/Contents/Versions/*/bin; do
        if [ -n "$directory" ] && [ -x "$directory/initdb" ]; then
            return 0
        fi
    done
    return 1
}

has_mariadb() {
    local directory
    for directory in "${ROUTING_MARIADB_BIN:-}" ${PATH//:/ } /usr/bin /opt/homebrew/opt/mariadb/bin /usr/local/opt/mariadb/bin; do
        if [ -n "$directory" ] && [ -x "$directory/mariadb-install-db" ]; then
            return 0
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        # Standard input is closed: a sudo that must ask for a password asks the terminal, or fails where there is none.
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

may_install() {
    [ "$install" = yes ] && command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null || return 1
    # Only a sudo that needs no password, or a person who can be asked for one.
    sudo -n true 2>/dev/null || { [ -t 1 ] && [ -z "${CI:-}" ]; }
}

install_postgresql() {
    local drop_in=/etc/postgresql-common/createcluster.d/routing-tests.conf
    say "Installing PostgreSQL (apt-get install postgresql) ..."
    # The package would create and start a server of its own, which the tests do not need. Only for this installation:
    # the file goes away again.
    as_root mkdir -p "${drop_in%/*}"
    as_root sh -c "echo 'create_main_cluster = false' > $drop_in"
    local result=0
    # A third party's broken package source fails the update, but need not concern this package.
    as_root apt-get update -q || true
    as_root apt-get install -y -q --no-install-recommends postgresql || result=$?
    as_root rm -f "$drop_in"
    return "$result"
}

require_postgresql() {
    has_postgresql && return
    if may_install; then
        install_postgresql || stop "apt-get could not install postgresql; see its messages above."
        has_postgresql && return
        stop "the package postgresql is installed, but its initdb was not found in /usr/lib/postgresql/*/bin."
    fi

    stop "PostgreSQL 14 or newer is not installed. Its programs suffice, its service need not run. Install it
  Debian, Ubuntu:  sudo apt-get install postgresql
  Fedora, RHEL:    sudo dnf install postgresql-server
  Arch:            sudo pacman -S postgresql
  Alpine:          sudo apk add postgresql
  macOS:           brew install postgresql@17
or set ROUTING_POSTGRESQL_BIN to the directory that holds initdb and pg_ctl, and run ./test.sh again."
}

# The package would start a server of its own, which the tests do not need: Debian asks this file whether it may, and only
# one that was not there before is written, and goes away again.
install_mariadb() {
    local policy=/usr/sbin/policy-rc.d written=no result=0
    say "Installing MariaDB (apt-get install mariadb-server) ..."
    if [ ! -e "$policy" ]; then
        written=yes
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
    fi
    as_root apt-get update -q || true
    as_root apt-get install -y -q --no-install-recommends mariadb-server || result=$?
    [ "$written" = no ] || as_root rm -f "$policy"
    return "$result"
}

require_mariadb() {
    has_mariadb && return
    if may_install; then
        install_mariadb || stop "apt-get could not install mariadb-server; see its messages above."
        has_mariadb && return
        stop "the package mariadb-server is installed, but mariadb-install-db was not found in /usr/bin."
    fi

    stop "MariaDB 10.6 or newer is not installed. Its programs suffice, its service need not run. Install it
  Debian, Ubuntu:  sudo apt-get install mariadb-server
  Fedora, RHEL:    sudo dnf install mariadb-server
  Arch:            sudo pacman -S mariadb
  Alpine:          sudo apk add mariadb
  macOS:           brew install mariadb
or set ROUTING_MARIADB_BIN to the directory that holds mariadb-install-db, and run ./test.sh again."
}

# --- Running ------------------------------------------------------------------------------------------------------------

# The known projects in their order, then any other test project.
projects() {
    local project name
    {
        for name in $order; do
            say "$root/tests/Routing.$name/Routing.$name.csproj"
        done
        grep -l '<IsTestProject>true' "$root"/tests/*/*.csproj
    } | awk '!seen[$0]++' | while read -r project; do
        [ -f "$project" ] && has_source "${project%/*}" && selected "$(basename "$project" .csproj)" && say "$project"
    done || true
}

# A project laid out for later has nothing to run; one with source that runs nothing is a failure.
has_source() {
    [ -n "$(find "$1" -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]
}

selected() {
    local word
    [ ${#filters[@]} -gt 0 ] || return 0
    for word in "${filters[@]}"; do
        case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
        *"$(printf '%s' "$word" | tr '[:upper:]' '[:lower:]')"*) return 0 ;;
        esac
    done
    return 1
}

# Passed tests become a count, one line a second at most; everything else, failures above all, is shown as it comes.
progress() {
    local line passed=0 failed=0 skipped=0 shown=$SECONDS
    while IFS= read -r line; do
        case $line in
        "  Passed "*) passed=$((passed + 1)) ;;
        "  Failed "*) failed=$((failed + 1)) ;;
        "  Skipped "*) skipped=$((skipped + 1)) ;;
        esac
        case $line in
        "  Passed "*)
            if [ "$verbose" = yes ]; then
                say "$line"
            elif [ "$SECONDS" -gt "$shown" ]; then
                shown=$SECONDS
                say "  $passed passed, $failed failed so far; now ${line#  Passed }"
            fi
            ;;
        "[xUnit.net "* | "Test run for "* | "A total of "* | "VSTest version"* | "Results File: "* | "Data collector 'Blame' message: All tests finished"* | "") ;;
        "Test Run "* | "Total tests: "* | "     Passed: "* | "     Failed: "* | "    Skipped: "* | " Total time: "*) ;;
        *) say "$line" ;;
        esac
    done
}

# One number of a TRX file's summary: attribute $2 of the element Counters in file $1; 0 when there is none.
counter() {
    local value
    value=$(grep -o '<Counters [^>]*>' "$1" 2>/dev/null | grep -o " $2=\"[0-9]*\"" | tr -dc '0-9') || true
    say "${value:-0}"
}

# Each failed test of a TRX file with the first lines of its message.
failures() {
    awk '
        function text(s) {
            gsub(/&#xD;/, "", s); gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "\047", s)
            gsub(/&#xA;/, "\n", s); gsub(/&amp;/, "\\&", s); return s
        }
        /<UnitTestResult / {
            failed = /outcome="Failed"/
            if (failed) { name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name); print "  " text(name); lines = 0 }
        }
        failed && /<Message>/ { message = 1; sub(/.*<Message>/, "") }
        message && failed {
            last = /<\/Message>/; sub(/<\/Message>.*/, "")
            if (++lines <= 12) print "      " text($0)
            if (last) message = 0
        }' "$1"
}

# Runs one project. Its row goes to $table, its failures to $report, its numbers to the totals.
run() {
    local project=$1 name trx log started=$SECONDS code=0 passed failed skipped note=""
    name=$(basename "$project" .csproj)
    trx=$results/$name.trx
    log=$results/$name.log
    say ""
    say "== $name"
    dotnet test "$project" --no-build -c Release --nologo --results-directory "$results" \
        --blame-hang-timeout "$hang_timeout" --blame-hang-dump-type none \
        --logger "console;verbosity=normal" --logger "trx;LogFileName=$name.trx" 2>&1 | tee "$log" | progress || code=$?

    passed=$(counter "$trx" passed)
    failed=$(counter "$trx" failed)
    skipped=$(($(counter "$trx" total) - $(counter "$trx" executed)))
    failures "$trx" >>"$report" 2>/dev/null || true
    if grep -q 'test run was aborted' "$log"; then
        note="the test host ended before its tests did"
    elif [ ! -f "$trx" ] || [ "$(counter "$trx" executed)" -eq 0 ]; then
        note="no test ran"
    elif [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
        note="dotnet test failed though no test did"
    fi
    if [ -n "$note" ]; then
        # It must not pass for a success in the summary line.
        failed=$((failed + 1))
        say "  $name: $note (exit code $code)" >>"$report"
        sed -n '/^The tests\{0,1\} running when the crash/,/^This test may/{/^The test/d;/^This test/d;s/^/      running: /p;}' "$log" >>"$report"
    fi

    printf '%-28s %7d %7d %8d %6d s  %s\n' "$name" "$passed" "$failed" "$skipped" $((SECONDS - started)) "$note" >>"$table"
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
}

require_dotnet
require_postgresql
require_mariadb

selection=$(projects)
[ -n "$selection" ] || stop "no test project matches: ${filters[*]}"
rm -rf "$results"
mkdir -p "$results"
table=$results/table.txt
report=$results/failures.txt
: >"$report"
printf '%-28s %7s %7s %8s %8s\n' project passed failed skipped time >"$table"
total_passed=0 total_failed=0 total_skipped=0

say "== Building Routing.sln"
dotnet build "$root/Routing.sln" -c Release --nologo -v quiet || stop "the build failed; see above."
while read -r project; do
    run "$project"
done <<<"$selection"

say ""
if [ -s "$report" ]; then
    say "Failures:"
    cat "$report"
    say ""
fi
cat "$table"
say ""
summary="$total_passed passed, $total_failed failed"
[ "$total_skipped" -eq 0 ] || summary="$summary, $total_skipped skipped"
say "$summary"
[ "$total_failed" -eq 0 ]
