# SPDX-License-Identifier: MIT
#
# MATRIX: what it is, where it came from, whether it is signed, each plain and enveloped.

for kind in redirect onboarding; do
	typed ci-$kind $JSON $kind.json
	cp ci-$kind "$out/ci/unsigned-$kind.cms"
	[ $kind = redirect ] && signed_file=redirect || signed_file=good
	cp "$out/ci/$signed_file.cms" "$out/ci/invalid-$kind.cms"
	edit "$out/ci/invalid-$kind.cms" flip 1.0.-1.0.-1 -1
	for f in unsigned-$kind $signed_file invalid-$kind; do
		encrypted "$out/ci/enveloped-$f.cms" "$out/ci/$f.cms" device-rsa
	done
done

for wrapping in plain enveloped; do
	w= extra=() enc=
	[ $wrapping = plain ] || { w=enveloped- enc=" ENC-3" extra=(idevid=device-rsa key=test-device-rsa); }
	for source in untrusted trusted; do
		s=${source/untrusted/unt} s=${s/trusted/tru}
		[ $s = unt ] && row=1 usb=" MATRIX-16" || row=7 usb=
		common=(source=$source oc=none ov=none "${extra[@]}")
		authority=true
		[ $s = tru ] || authority=false
		fifteen=
		none=
		[ "$s$wrapping" != untenveloped ] || none=" ENC-10"
		[ "$s$wrapping" != untplain ] || fifteen=" MATRIX-15"
		vector matrix-$row-$wrapping accept "MATRIX-$row${usb/ MATRIX-16/ MATRIX-16 DISC-4}$fifteen CI-1$enc$none" \
			"Unsigned redirect information, $source source, $wrapping" \
			"${common[@]}" ci=${w}unsigned-redirect document=redirect trusted=$authority
		if [ $s = unt ]; then
			vector matrix-2-$wrapping refuse "DISC-3 MATRIX-2 SRC-8$usb${enc:+$enc ENC-10}" \
				"Unsigned onboarding information, untrusted source, $wrapping" \
				"${common[@]}" ci=${w}unsigned-onboarding
		else
			vector matrix-8-$wrapping accept "MATRIX-8 CI-1$enc" \
				"Unsigned onboarding information, trusted source, $wrapping" \
				"${common[@]}" ci=${w}unsigned-onboarding
		fi
		common=(source=$source "${extra[@]}")
		vector matrix-$((row + 2))-$wrapping accept "MATRIX-$((row + 2)) SRC-3$usb$enc" \
			"Signed redirect information, $source source, $wrapping" \
			"${common[@]}" ci=${w}redirect document=redirect
		vector matrix-$((row + 3))-$wrapping accept "MATRIX-$((row + 3)) SRC-9$usb$enc" \
			"Signed onboarding information, $source source, $wrapping" \
			"${common[@]}" ci=${w}good
		vector matrix-$((row + 4))-$wrapping refuse "VAL-12 MATRIX-$((row + 4)) VAL-13$([ $s = unt ] && echo " AMB-5")$usb$enc" \
			"Redirect information with a bad signature, $source source, $wrapping" \
			"${common[@]}" ci=${w}invalid-redirect
		vector matrix-$((row + 5))-$wrapping refuse "VAL-12 MATRIX-$((row + 5)) VAL-1 SRC-3$usb$enc" \
			"Onboarding information with a bad signature, $source source, $wrapping" \
			"${common[@]}" ci=${w}invalid-onboarding
		for kind in redirect onboarding; do
			[ $kind = redirect ] && f=redirect || f=good
			for missing in ov oc both; do
				gone=($missing=none)
				[ $missing != both ] || gone=(ov=none oc=none)
				vector matrix-13-$s-$kind-without-$missing-$wrapping refuse "VAL-2 MATRIX-13$enc" \
					"Signed $kind information, $source source, $wrapping, with $(
					case $missing in ov) echo "no ownership voucher" ;; oc) echo "no owner certificate" ;;
					*) echo "neither voucher nor owner certificate" ;; esac)" \
					"${common[@]}" ci=${w}$f "${gone[@]}"
			done
			[ $kind = redirect ] && f=unsigned-redirect || f=unsigned-onboarding
			if [ $s$kind = untonboarding ]; then
				vector matrix-14-$s-$kind-$wrapping refuse "DISC-3 MATRIX-14 SRC-8$enc" \
					"Unsigned $kind information beside voucher and owner certificate, $source source, $wrapping" \
					"${common[@]}" ci=${w}$f
			else
				vector matrix-14-$s-$kind-$wrapping accept "MATRIX-14$enc" \
					"Unsigned $kind information beside voucher and owner certificate, $source source, $wrapping" \
					"${common[@]}" ci=${w}$f document=$kind trusted=$authority
			fi
		done
	done
done
