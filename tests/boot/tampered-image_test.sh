#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Somebody changed the image on the way: once one byte of what is served, once one byte of what
# is inside, packed again.  The digest in the signed data decides.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

served=$work/site/www/images/target.img.zst
story_prepare
printf X | dd of="$served" bs=1 seek=$(($(stat -c %s "$served") / 2)) conv=notrunc status=none
story_refusal --tpm "$work/tpm"
check one_byte_served_console_says_why "IMG-9" console 'IMG-(9|10)'
check one_byte_served_device_gives_up "" gave_up
check one_byte_served_nothing_was_started "IMG-4" silent 'target: running'
check one_byte_served_disk_is_not_bootable "IMG-10 IMG-16" disk_is_not_bootable

zstd -qdf "$image" -o "$work/inner.img"
printf X | dd of="$work/inner.img" bs=1 seek=$((30 * 1048576)) conv=notrunc status=none
zstd -q -3 -f "$work/inner.img" -o "$served"
rm -f "$work/disk.img"
truncate -s ${DISK_MIB}M "$work/disk.img"
story_refusal --tpm "$work/tpm"
check one_byte_inside_console_says_why "IMG-9" console 'IMG-(9|10)'
check one_byte_inside_device_gives_up "" gave_up
check one_byte_inside_nothing_was_started "IMG-4" silent 'target: running'
check one_byte_inside_disk_is_not_bootable "IMG-10 IMG-16" disk_is_not_bootable
