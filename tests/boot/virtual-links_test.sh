#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# A machine whose networks are a VLAN and a bond with one dead port.  Its first port is a trunk
# that passes nothing but VLAN 7, two others are the bond's, and one of those has no cable.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/links.XXXXXX") || exit 1
at_exit rm -rf "$work"
. "$top/scripts/rehearsal.sh"
at_exit attended_end

# Only the search: no trust store, no server.
mkdir -p "$work/part"
cat > "$work/part/init" <<'END'
#!/bin/sh
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1
modprobe -a $(cat /etc/modules)
sztpboot discover --wait 60 --debug link --set interfaces.vlan=eth0.7:eth0 \
	--set interfaces.bond=bond0:eth1,eth2:mode=active-backup | {
	while read -r line; do
		echo "$line"
		case $line in
		*'"link":"eth0.7"'*) vlan=1 ;;
		*'"link":"bond0"'*) bond=1 ;;
		esac
		[ -z "$vlan" ] || [ -z "$bond" ] || break
	done
	timeout 3 cat	# what must not come
	poweroff -f
}
END
chmod 755 "$work/part/init"
"$top/scripts/initramfs" -o "$work/initrd" "$BUILD/initramfs.cpio.zst" "$DEPS/kernel/modules.cpio.zst" \
	"$work/part" || { fail prepare "cannot make the initrd"; exit 1; }

# In the laboratory: the switch port that tags, then the machine.
cat > "$work/inside" <<'END'
#!/bin/bash
ip tuntap add trunk mode tap && ip link set trunk up
ip link add access type veth peer name uplink
ip link set uplink master br0 up
ip link set access up
"$1/tests/boot/tagger.py" trunk access 7 > "$LAB_DIR/tagger.out" 2>&1 &
while ! grep -q ready "$LAB_DIR/tagger.out"; do
	kill -0 $! || { cat "$LAB_DIR/tagger.out"; exit 4; }
	sleep 0.05
done
"${@:2}"
END
chmod 755 "$work/inside"
attended "$top/scripts/lab" run --taps 1 --redirect https://10.77.0.1:8443 -- "$work/inside" "$top" \
	"$top/scripts/qemu" --direct --memory 192 --tap trunk --tap tap0 --tap none \
	--kernel "$DEPS/kernel/vmlinuz" --initrd "$work/initrd" \
	--append "console=ttyS0 quiet panic=-1" \
	--serial-log "$work/console.log" --timeout 90 > "$work/run.log" 2>&1
status=$?

# What was found, and why nothing was.
sed -n 's/^[^{]*\({"source".*}\).*/\1/p' "$work/console.log" > "$work/found"
told()
{
	cat "$work/run.log"
	tail -n 40 "$work/console.log"
	return 1
}
ran()
{
	((status == 0)) && grep -q . "$work/found" || told
}
# lease LINK: exactly one, from the laboratory's server.
lease()
{
	[[ $(jq -r "select(.link == \"$1\" and .source == \"dhcp4\") | .address[:8] + \" \" + .servers[0]" \
		"$work/found") == "10.77.0. https://10.77.0.1:8443" ]] || told
}
nothing_from()
{
	[[ -z $(jq -r "select(.link == \"$1\") | .address" "$work/found") ]] || told
}
check the_machine_ran "" ran
check a_lease_over_a_vlan "DHCP-13" lease eth0.7
check a_lease_over_a_bond_with_a_dead_port "DHCP-13" lease bond0
check members_take_no_part "" eval 'ran && nothing_from eth1 && nothing_from eth2'
check the_trunk_itself_has_no_lease "" eval 'ran && nothing_from eth0'
