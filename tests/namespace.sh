# SPDX-License-Identifier: MIT
#
# For shell tests with networks of their own.  With $top set, as the first thing:
#
#   . "$top/tests/namespace.sh"
#   in_namespace TOOL...          from here on the test runs in new network, mount and process
#                                 namespaces, in a folder of its own ($IN_NAMESPACE), as root of
#                                 them; a tool that is missing is a failure
#   wait_for COMMAND...           until it succeeds, at most 20 s
#
# Everything runs below one process that is the first of its process namespace: when it ends,
# however it ends, nothing is left.

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
PATH=$PATH:/usr/sbin:/sbin

in_namespace()
{
	local tool users=(--user --map-root-user)

	if [ -n "${IN_NAMESPACE-}" ]; then
		cd "$IN_NAMESPACE" && ip link set lo up || exit 1
		return
	fi
	for tool in ip unshare "$@"; do
		command -v "$tool" >/dev/null || { echo "FAIL $tool is missing"; exit 1; }
	done
	IN_NAMESPACE=$(mktemp -d "${TMPDIR:-/tmp}/$(basename "$0" .sh).XXXXXX") || exit 1
	trap 'rm -rf "$IN_NAMESPACE"' EXIT
	chmod 755 "$IN_NAMESPACE"	# servers that give up root read it as somebody else
	[ "$(id -u)" != 0 ] || users=()
	IN_NAMESPACE=$IN_NAMESPACE unshare "${users[@]}" --net --mount --pid --fork --kill-child \
		--mount-proc bash "$0"
	exit
}

wait_for()
{
	local i

	for ((i = 0; i < 400; i++)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.05
	done
	echo "in vain: $*"
	return 1
}
. "$top/tests/check.sh"
