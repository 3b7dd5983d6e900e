/* SPDX-License-Identifier: MIT */
/* dictionaries: der */
#include <stdio.h>
#include <stdlib.h>

#include "pki/crl.h"
#include "pki/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "leaf",	"sub",	       "ta",
				     "dp-full", "dp-relative", "dp-uri",
				     "dp-some", "dp-none",     "self-crl-signer",
				     "serial-1" };

#define COUNT (sizeof(names) / sizeof(names[0]))

static struct x509 certificates[COUNT];

static void start(void)
{
	struct error e;

	for (size_t i = 0; i < COUNT; i++) {
		char path[128];
		uint8_t *bytes = malloc(4096);

		snprintf(path, sizeof(path), "tests/data/pki/paths/%s.der", names[i]);
		FILE *f = fopen(path, "rb");
		if (!f || !bytes) {
			perror(path);
			exit(3);
		}
		size_t size = fread(bytes, 1, 4096, f);
		fclose(f);
		if (!x509_read(&certificates[i], bytes_of(bytes, size), &e))
			abort();
	}
}

static void check_inside(struct bytes view, struct bytes input)
{
	if (view.size && (view.at < input.at || view.at + view.size > input.at + input.size))
		abort();
}

/* One list, and all that is asked of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = bytes_of(data, size);
	struct clock clock = clock_accurate(1796083200);
	struct error e;
	struct crl crl;
	bool usable;

	if (certificates[0].der.size == 0)
		start();
	if (!crl_read(&crl, input, &e)) {
		if (e.rule[0] == '\0' || e.text[0] == '\0')
			abort();
		return 0;
	}
	check_inside(crl.tbs, input);
	check_inside(crl.issuer, input);
	check_inside(crl.signature, input);
	check_inside(crl.revoked, input);
	check_inside(crl.point, input);
	usable = crl_check_kind(&crl, &e);
	if (usable != (crl.kind == CRL_COMPLETE))
		abort();
	if (crl_check_fresh(&crl, &clock, &e) && !crl.has_next_update)
		abort();
	for (size_t i = 0; i < COUNT; i++) {
		if (crl_is_about(&crl, &certificates[i]) &&
		    !name_equal(crl.issuer, certificates[i].issuer))
			abort();
		crl_lists(&crl, certificates[i].serial);
	}
	return 0;
}
