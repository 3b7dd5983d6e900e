# SPDX-License-Identifier: MIT
#
# From "built" to a device that can be provisioned, for the demo and the boot stories: keys,
# an enrolled TPM, the owner's server, the machine.  Sourced; the caller sets $top (the tree)
# and $work (a folder of its own).

BUILD=$(realpath -m "${BUILD:-$top/build}")
DEPS=$(realpath -m "${DEPS:-$BUILD}")
PATH=$PATH:/usr/sbin:/sbin
kernel=$DEPS/kernel	# scripts/kernel; kernel-usb knows USB
serial=SZTP-DEMO-0001
owner_server=10.77.0.1
memory_mib=256
append="console=ttyS0 quiet panic=-1 sztpboot.halt"

artifacts()
{
	"$top/scripts/artifacts" "$@"
}

# attended COMMAND...: run a long one so that signals reach us at once; it ends when we do,
# even if we are killed.  The caller ends with attended_end.
attended_pid=
attended()
{
	local status

	setpriv --pdeathsig TERM "$@" < /dev/null &
	attended_pid=$!
	wait "$attended_pid"
	status=$?
	attended_pid=
	return "$status"
}

attended_end()
{
	[[ -z $attended_pid ]] || { kill "$attended_pid"; wait "$attended_pid"; } 2> /dev/null
}

# Manufacturer and owner know nothing of each other but the pinned certificate.
rehearsal_keys()
{
	local pki=$work/pki

	mkdir -p "$pki"
	artifacts ca --out "$pki/maker" --name "Maker vouchers" &&
		artifacts signer --ca "$pki/maker" --out "$pki/signer" &&
		artifacts ca --out "$pki/devices" --name "Maker devices" &&
		artifacts ca --out "$pki/owner-ca" --name "Owner" &&
		artifacts owner-certificate --ca "$pki/owner-ca" --out "$pki/owner" &&
		artifacts ca --out "$pki/server-ca" --name "Owner servers" &&
		artifacts server --ca "$pki/server-ca" --name "ip:$owner_server" --out "$pki/server" &&
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/authority.pem"
}

# The agent's initramfs, the kernel's modules, and the key that authenticates the trust store:
# part of the image, and so measured.
rehearsal_initrd()
{
	mkdir -p "$work/part/sztp/authority"
	openssl pkey -in "$work/pki/authority.pem" -pubout -outform DER \
		-out "$work/part/sztp/authority/lab.der" &&
		"$top/scripts/initramfs" -o "$work/initrd" "$BUILD/initramfs.cpio.zst" \
			"$kernel/modules.cpio.zst" "$work/part"
}

# on_tpm COMMAND...: with the device's TPM, which answers at the --tcti added at the end.
on_tpm()
{
	"$top/scripts/lab" run --no-dhcp --tpm "$work/tpm" -- \
		bash -c '"$@" --tcti "$LAB_TCTI"' on_tpm "$@"
}

# What the manufacturer does once per device: key and certificate, then the trust store,
# sealed to what the firmware will measure of kernel, initrd and command line.
rehearsal_device()
{
	local pki=$work/pki

	on_tpm "$BUILD/sztpboot" trust identity-csr --serial "$serial" --out "$work/device.csr" &&
		artifacts idevid --ca "$pki/devices" --serial "$serial" --csr "$work/device.csr" \
			--out "$work/idevid" &&
		on_tpm "$BUILD/sztpboot" trust identity-install --certificate "$work/idevid/idevid.der" &&
		cat > "$work/store.json" <<-END &&
			{"serial":"$serial","hardware-model":"demo",
			 "voucher-anchors":["$pki/maker/ca.der"]}
		END
		on_tpm "$BUILD/sztpboot" trust enroll --in "$work/store.json" \
			--authority-key "$pki/authority.pem" --kernel "$kernel/vmlinuz" \
			--initrd "$work/initrd" --append "$append initrd=initrd" \
			--qemu-memory $memory_mib --nv
}

# rehearsal_conveyed IMAGE OS-NAME OS-VERSION [OPTION...]
rehearsal_conveyed()
{
	local image=images/$(basename "$1")

	artifacts conveyed-information onboarding --image "$1" \
		--image-uri "http://$owner_server:8080/$image" --image-uri "https://$owner_server:8443/$image" \
		--os-name "$2" --os-version "$3" "${@:4}" --owner "$work/pki/owner" --out "$work/conveyed.cms"
}

# To a device that has not authenticated the owner's server it is introduced by itself, signed:
# from then on the server is trusted, and gets progress reports.
rehearsal_redirect()
{
	artifacts conveyed-information redirect --server "$owner_server:8443=$work/pki/server-ca/ca.pem" \
		--owner "$work/pki/owner" --out "$work/redirect.cms"
}

# rehearsal_voucher SERIAL SIGNER
rehearsal_voucher()
{
	artifacts voucher --signer "$2" --serial "$1" --pinned "$work/pki/owner-ca/ca.pem" \
		--idevid "$work/idevid/idevid.pem" --out "$work/voucher.vcj"
}

# rehearsal_site IMAGE
rehearsal_site()
{
	artifacts site --out "$work/site" --serial "$serial" --conveyed-information "$work/conveyed.cms" \
		--owner-certificate "$work/pki/owner/owner-certificate.cms" --voucher "$work/voucher.vcj" \
		--server "$work/pki/server" --image "$1" --listen "$owner_server" --listen 127.0.0.1 \
		--device-ca "$work/pki/devices/ca.pem" --require-device-certificate --reporting-level verbose \
		$([[ ! -f $work/redirect.cms ]] || echo --redirect-information "$work/redirect.cms")
}

# rehearsal_machine [OPTION of scripts/qemu...]: a bare machine, its disk $work/disk.img
rehearsal_machine()
{
	attended "$top/scripts/lab" run --taps 1 --redirect "https://$owner_server:8443" --site "$work/site" -- \
		"$top/scripts/qemu" --memory $memory_mib --tap tap0 --disk "$work/disk.img" \
		--kernel "$kernel/vmlinuz" --initrd "$work/initrd" --append "$append" \
		--serial-log "$work/console.log" "$@"
}

# The progress reports that reached the owner's server, one type per line.
rehearsal_reports()
{
	jq -r '.body | fromjson | .["ietf-sztp-bootstrap-server:input"]["progress-type"]' \
		"$work/site/log/reports.jsonl"
}

# installed_file PATH: print a file of the installed system, from its disk.
installed_file()
{
	local first

	first=$(sgdisk -i 2 "$work/disk.img" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
	[[ -n $first ]] || { echo "no second partition on the disk" >&2; return 1; }
	debugfs -R "cat $1" "$work/disk.img?offset=$((first * 512))" 2> "$work/debugfs.err"
	! grep -q 'File not found' "$work/debugfs.err"
}
