#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# Every file system that a medium may have, each on a USB stick of its own, a disc in a drive, a
# memory card, and a stick that is plugged in later: one machine without TPM and network sees all.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

kernel=$DEPS/kernel-usb
data=$work/data/EN9/SN1/bootstrapping-data

# exfat and udf are filled in the machine: nothing else here can write them.
make_media()
{
	mkdir -p "$data" "$work/init/bin" &&
		head -c 1048576 /dev/urandom > "$data/conveyed-information.cms" &&
		echo certificate > "$data/owner-certificate.cms" && echo voucher > "$data/ownership-voucher.vcj" &&
		artifacts stick --out "$work/data" --disk "$work/vfat-partition.img" &&
		artifacts stick --out "$work/data" --disk "$work/vfat.img" --bare &&
		artifacts stick --out "$work/data" --disk "$work/card.img" --size 64 &&
		mv "$data" "$data.x" && mv "$data.x" "$work/data/EN9/SN1/BOOTSTRAPPING-DATA" &&
		artifacts stick --out "$work/data" --disk "$work/later.img" &&
		mv "$work/data/EN9/SN1/BOOTSTRAPPING-DATA" "$data" &&
		truncate -s 16M "$work"/{ext2,ext4,exfat,udf}.img &&
		mke2fs -q -t ext2 -d "$work/data" "$work/ext2.img" &&
		mke2fs -q -t ext4 -d "$work/data" "$work/ext4.img" &&
		xorriso -as mkisofs -quiet -J -o "$work/iso9660.img" "$work/data" &&
		xorriso -as mkisofs -quiet -R -o "$work/disc.img" "$work/data" &&
		mkfs.exfat "$work/exfat.img" && mkudffs --utf8 -b 512 "$work/udf.img"
}

make_initrd()
{
	cp -r "$work/data" "$work/init/data" && cat > "$work/init/init.story" <<-'END' &&
		#!/bin/sh
		mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
		exec > /dev/console 2>&1
		modprobe -a $(cat /etc/modules)
		mkdir /m
		for type in exfat udf; do
			until mounted=$(for disk in /dev/sd?; do mount -t $type $disk /m && echo $disk && break; done 2> /dev/null) &&
				[ "$mounted" ]; do
				sleep 0.2
			done
			cp -r /data/. /m && umount /m
		done
		sztpboot discover --serial SN1 --wait 60 | while read -r line; do
			echo "$line"
			count=$((count + 1))
			[ $count != 10 ] || poweroff -f
		done
		poweroff -f
	END
	chmod 755 "$work/init/init.story" &&
		"$top/scripts/initramfs" -o "$work/initrd" "$BUILD/initramfs.cpio.zst" \
			"$kernel/modules.cpio.zst" "$work/init"
}

or_end "make the media" make_media
or_end "make the initrd" make_initrd
sticks=()
for stick in vfat-partition vfat ext2 ext4 iso9660 exfat udf later; do
	sticks+=(--stick "$work/$stick.img")
done
attended "$top/scripts/qemu" --direct --memory $memory_mib --kernel "$kernel/vmlinuz" \
	--initrd "$work/initrd" --append "console=ttyS0 quiet panic=-1 rdinit=/init.story" "${sticks[@]}" \
	--cdrom "$work/disc.img" --card "$work/card.img" --plug-on '"file-system"' --serial-log "$work/console.log" --timeout 100
found() # COUNT REGEX: so many media of this kind, with all three files
{
	local count

	count=$(grep -cE "\"source\":\"usb\".*\"device\":\"$2\",\"directory\":\"EN9/SN1/bootstrapping-data\",\"bytes\":\{\"ci\":1048576,\"oc\":12,\"ov\":8\}" "$work/console.log")
	((count == $1)) || { story_failed; return 1; }
}
check partitions_are_media "USB-4 USB-15" found 2 'sd[a-h]1","file-system":"vfat'
check vfat "USB-4 USB-15" found 1 'sd[a-h]","file-system":"vfat'
check exfat "USB-4" found 1 'sd[a-h]","file-system":"exfat'
check ext2 "USB-4" found 1 'sd[a-h]","file-system":"ext2'
check ext4 "USB-4" found 1 'sd[a-h]","file-system":"ext4'
check udf "USB-4" found 1 'sd[a-h]","file-system":"udf'
check iso9660 "USB-4" found 1 'sd[a-h]","file-system":"iso9660'
check disc_in_a_drive "USB-4 USB-15" found 1 'sr0","file-system":"iso9660'
check memory_card "USB-4 USB-15" found 1 'mmcblk0p1","file-system":"vfat'
check stick_that_comes_later_names_in_capitals "USB-7 USB-15" found 1 'sdh1","file-system":"vfat'
