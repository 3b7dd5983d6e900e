#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Many sticks, none of them of use: each is refused for a reason of its own, which the console
# tells with device, directory and number.  Then the right one is plugged in.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

proof=(--owner-certificate "$work/pki/owner/owner-certificate.cms" --voucher "$work/voucher.vcj")
ours=EN9/$serial/bootstrapping-data

make_sticks()
{
	head -c 2M /dev/urandom > "$work/garbage.img"
	# The owner gave this one to somebody else.
	stick_image other --serial JADA000000000 --conveyed-information "$work/offline.cms" "${proof[@]}"
	# Changed after it was signed.
	LC_ALL=C sed 's/"os-version":"1"/"os-version":"2"/' "$work/offline.cms" > "$work/tampered.cms"
	stick_image tampered --serial "$serial" --conveyed-information "$work/tampered.cms" "${proof[@]}"
	# A voucher, but whose?
	mkdir -p "$work/half/$ours"
	cp "$work/offline.cms" "$work/half/$ours/conveyed-information.cms"
	cp "$work/voucher.vcj" "$work/half/$ours/ownership-voucher.vcj"
	artifacts stick --out "$work/half" --disk "$work/half.img"
	# Larger than an artifact may be.
	mkdir -p "$work/large/EN9"
	head -c 1048577 /dev/zero > "$work/large/EN9/conveyed-information.cms"
	artifacts stick --out "$work/large" --disk "$work/large.img" --bare
	# A link out of the stick, which FAT knows nothing of.
	mkdir -p "$work/link/EN9"
	ln -s /proc/cmdline "$work/link/EN9/conveyed-information.cms"
	truncate -s 4M "$work/link.img"
	mke2fs -q -t ext4 -d "$work/link" "$work/link.img"
	# The owner's own words, but they lead out of the stick, or nowhere.
	artifacts conveyed-information onboarding --image "$image" --image-uri "file:///../../etc/passwd" \
		--image-uri "file:///images/nothing.img" --os-name target --os-version 1 \
		--owner "$work/pki/owner" --out "$work/outside.cms"
	stick_image outside --serial "$serial" --conveyed-information "$work/outside.cms" "${proof[@]}"
	stick_image good --conveyed-information "$work/offline.cms" "${proof[@]}" \
		--image "$image"
}

story_prepare_sticks
or_end "make the sticks" make_sticks
sticks=()
for stick in garbage other tampered half large link outside good; do
	sticks+=(--stick "$work/$stick.img")
done
story_run_offline --tpm "$work/tpm" "${sticks[@]}" --plug-on 'discover: usb: nothing to try'
stick='sd[a-z]'
check the_right_one_is_taken "USB-15 XR-5" console 'target: running'
check garbage_is_passed_over "USB-4" console "usb: $stick: USB-4: no file system"
# Of seven sticks in sda to sdg six are spoken of.
others()
{
	[[ $(grep -oE 'usb: sd[a-g]' "$work/console.log" | sort -u | wc -l) == 6 ]] && silent 'JADA000000000'
}
check data_for_others_are_passed_over_silently "USB-9" others
check changed_data_are_refused "CMS-6 USB-2 DISC-9" console "usb ${stick}1:$ours.*(CMS-6|VAL-12)"
check half_a_set_is_refused "USB-8" console "usb: ${stick}1 \(vfat\): USB-8: $ours: there is an ownership voucher without"
check what_is_too_large_is_refused "USB-10" console "usb: $stick \(vfat\): USB-10: EN9: conveyed-information.cms is larger than 1048576"
check a_link_is_refused "USB-10" console "usb: $stick \(ext4\): USB-10: EN9/conveyed-information.cms"
check an_address_outside_is_refused "USB-14" console 'USB-14: .*file:///\.\./\.\./etc/passwd'
check an_address_of_nothing_is_told "USB-14" console "USB-14: 'images/nothing.img' on the medium"
check the_right_one_came_later "USB-15 USB-6 XR-3" console "usb: sdh1 \(vfat\): bootstrapping data in EN9$"
