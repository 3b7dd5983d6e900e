/* SPDX-License-Identifier: MIT */
/* dictionaries: der */
#include <stdlib.h>

#include "pki/name.h"
#include "pki/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct bytes view, struct bytes input)
{
	if (view.size && (view.at < input.at || view.at + view.size > input.at + input.size))
		abort();
}

/* One certificate, and all that is asked of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = bytes_of(data, size);
	struct key key;
	struct error e;
	struct x509 x;

	if (!x509_read(&x, input, &e))
		return 0;
	check_inside(x.tbs, input);
	check_inside(x.issuer, input);
	check_inside(x.subject, input);
	check_inside(x.spki, input);
	check_inside(x.signature, input);
	check_inside(x.authority_key, input);
	check_inside(x.alt_names, input);
	check_inside(x509_device_serial(&x), input);
	name_string(x.subject);
	if (!name_equal(x.subject, x.subject))
		abort();
	x509_is_self_issued(&x);
	x509_allows_usage(&x, OID_SERVER_AUTH);
	x509_has_dns_name(&x, bytes_of_text("boot.example.net"));
	x509_has_address(&x, bytes_of("\xc0\x00\x02\x0a", 4));
	if (key_read(&key, x.spki, &e) && x509_verify(&x, &key, &e) && x.signature.size == 0)
		abort();
	return 0;
}
