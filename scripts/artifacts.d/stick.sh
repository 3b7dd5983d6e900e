# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts stick --out DIR [--serial SN] --conveyed-information FILE
                       [--owner-certificate FILE --voucher FILE] [OPTION...]
       artifacts stick --out DIR --disk FILE [OPTION...]

Lays out in DIR what goes onto a USB stick, a memory card or a disc.  Run it once per device:
each gets EN9/SN/bootstrapping-data/.  Copy all of DIR into the root of the stick, whatever
file system it has (vfat, exfat, ext4, iso9660 or udf).

  --out DIR                    the folder
  --serial SN                  the device that takes these artifacts; without it every device
                               takes them that has no folder of its own (EN9/ itself)
  --conveyed-information FILE  DER artifact, signed or not
  --owner-certificate FILE     with --voucher: what proves signed data
  --voucher FILE
  --image FILE                 boot image, copied to images/NAME; say in the conveyed information
                               --image-uri file:///disk2:/images/NAME, then no network is needed
  --disk FILE                  then write DIR into a new disk image, FAT32 in one partition:
                               dd if=FILE of=/dev/sdX bs=1M
  --bare                       the disk image without partition table
  --size MIB                   of the disk image; default: what DIR needs

A stick proves nothing: what is not signed counts only as redirect information.
END
}

disk_image()
{
	local out=$1 disk=$2 size=$3 bare=$4 at=0 used n

	command -v mformat > /dev/null || die "mformat is missing (Debian: apt install mtools)"
	used=$(du -s --block-size=1M --apparent-size "$out" | cut -f1)
	# Below 33 MiB there are too few clusters for FAT32.
	[[ -n $size ]] || size=$((used + used / 16 + 40))
	rm -f "$disk.new"
	truncate -s "${size}M" "$disk.new" || die "cannot write '$disk'"
	if [[ -z $bare ]]; then
		# An MBR, for what knows no other: one partition of type FAT32 from 1 MiB on.
		at=1
		{
			printf '\0\376\377\377\014\376\377\377\0\010\0\0'
			n=$(((size - 1) * 2048))
			printf "$(printf '\\x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24)))"
			head -c 48 /dev/zero
			printf '\125\252'
		} | dd of="$disk.new" bs=1 seek=446 conv=notrunc status=none
	fi
	export MTOOLS_SKIP_CHECK=1
	(quietly mformat -i "$disk.new@@${at}M" -F -T $(((size - at) * 2048)) -H $((at * 2048)) -v SZTP ::
	quietly mcopy -s -Q -i "$disk.new@@${at}M" "$out"/* ::/) || { rm -f "$disk.new"; exit 1; }
	mv -f "$disk.new" "$disk"
}

command_main()
{
	local out= serial= conveyed= certificate= voucher= images=() disk= size= bare= f

	while (($#)); do
		case $1 in
		--bare) bare=1; shift; continue ;;
		--out) argument $# "$1"; out=$2 ;;
		--serial) argument $# "$1"; serial=$2 ;;
		--conveyed-information) argument $# "$1"; conveyed=$2 ;;
		--owner-certificate) argument $# "$1"; certificate=$2 ;;
		--voucher) argument $# "$1"; voucher=$2 ;;
		--image) argument $# "$1"; images+=("$2") ;;
		--disk) argument $# "$1"; disk=$2 ;;
		--size) argument $# "$1"; size=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --out "$out"
	[[ -n $conveyed || -n $disk && -z $certificate$voucher$serial ]] ||
		die_usage "--conveyed-information is missing"
	if [[ -n $serial ]]; then
		serial_check "$serial"
		[[ $serial != .* && $serial != *[/\\:*?\"\<\>\|]* && $serial != *[.\ ] ]] ||
			die "'$serial' can be no folder on a stick; leave --serial out"
	fi
	[[ -n $certificate && -n $voucher || -z $certificate$voucher ]] ||
		die_usage "--owner-certificate and --voucher go together"
	[[ -z $size ]] || number_check --size "$size" 40 2097151
	[[ -n $disk || -z $size$bare ]] || die_usage "--size and --bare want --disk"
	for f in "$conveyed" "$certificate" "$voucher" "${images[@]}"; do
		[[ -z $f ]] || readable "$f"
	done

	folder "$out"
	if [[ -n $conveyed ]]; then
		f=$out/EN9${serial:+/$serial/bootstrapping-data}
		folder "$f"
		rm -f "$f"/ownership-voucher.{vcj,cms} "$f/owner-certificate.cms"
		if [[ -n $voucher ]]; then
			place "$f/owner-certificate.cms" < "$certificate"
			place "$f/ownership-voucher.vcj" < "$voucher"
		fi
		place "$f/conveyed-information.cms" < "$conveyed"
	fi
	if ((${#images[@]})); then
		folder "$out/images"
		for f in "${images[@]}"; do
			place "$out/images/$(basename "$f")" < "$f"
		done
	fi
	[[ -z $disk ]] || disk_image "$out" "$disk" "$size" "$bare"
}
