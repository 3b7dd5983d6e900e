/* SPDX-License-Identifier: MIT */
/* dictionaries: der json xml */
#include <stdio.h>
#include <stdlib.h>

#include "sztp/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct validate_workspace workspace;
static struct bytes anchor, original_document;
static struct validate_input good;

static struct bytes load(const char *name)
{
	char path[128];
	uint8_t *bytes = malloc(16384);

	snprintf(path, sizeof(path), "tests/data/pki/bundles/%s", name);
	FILE *f = fopen(path, "rb");
	if (!f || !bytes) {
		perror(path);
		exit(3);
	}
	size_t size = fread(bytes, 1, 16384, f);
	fclose(f);
	return bytes_of(bytes, size);
}

static void start(void)
{
	struct validate_result result;
	struct error e;

	anchor = load("vroot-p256.der");
	good = (struct validate_input){
		.conveyed_information = load("ci-p256.cms"),
		.owner_certificate = load("owner-p256.cms"),
		.ownership_voucher = load("voucher-p256.vcj"),
		.voucher_anchors = &anchor,
		.voucher_anchor_count = 1,
		.clock = clock_accurate(1796083200),
		.serial = bytes_of_text("JADA123456789"),
	};
	if (!validate_conveyed_information(&result, &good, &workspace, &e))
		abort();
	original_document = result.document;
}

/*
 * One artifact of a good bundle is replaced: the first byte says which.  Whatever comes of
 * it, a signed verdict is about the owner's own document, and a refusal has its number.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct validate_input input;
	struct validate_result result;
	struct error e;

	if (anchor.size == 0)
		start();
	if (size < 1)
		return 0;
	input = good;
	*(data[0] % 3 == 0   ? &input.conveyed_information
	  : data[0] % 3 == 1 ? &input.owner_certificate
			     : &input.ownership_voucher) = bytes_of(data + 1, size - 1);
	if (!validate_conveyed_information(&result, &input, &workspace, &e)) {
		if (e.rule[0] == '\0' || e.text[0] == '\0')
			abort();
		return 0;
	}
	if (result.is_signed && !bytes_equal(result.document, original_document))
		abort();
	return 0;
}
