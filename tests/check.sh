# SPDX-License-Identifier: MIT
#
# For tests written in shell: . "$top/tests/check.sh".  Each prints the lines that
# scripts/run-tests counts, the same as tests/check.h does for C:
#
#   pass NAME "REQS"              ok; REQS are the requirement numbers it proves, "" if none
#   fail NAME WHY...              not ok
#   check NAME "REQS" COMMAND...  run COMMAND in this shell: pass if it succeeds, else fail,
#                                 with what it printed
#   at_exit COMMAND...            run COMMAND when the test ends, however it ends; last first

# A NAME is one word.
pass() { printf 'ok   %s %s\n' "$1" "${2-}"; }

fail()
{
	local name=$1

	shift
	[ $# = 0 ] || printf '%s: %s\n' "$name" "$*"
	printf 'FAIL %s\n' "$name"
}

check()
{
	local name=$1 reqs=$2 log status

	shift 2
	log=$(mktemp "${TMPDIR:-/tmp}/check.XXXXXX") || { fail "$name" "no room for its output"; return 1; }
	if "$@" >"$log" 2>&1; then
		status=0
		pass "$name" "$reqs"
	else
		status=$?
		sed 's/^/	/' "$log"
		fail "$name" "exit status $status of: $*"
	fi
	rm -f "$log"
	return "$status"
}

check_at_exit=:
at_exit()
{
	check_at_exit="$(printf '%q ' "$@"); $check_at_exit"
	trap 'status=$?; trap - EXIT; eval "$check_at_exit"; exit $status' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
