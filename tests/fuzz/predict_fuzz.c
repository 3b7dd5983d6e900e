/* SPDX-License-Identifier: MIT */
#include "trust/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* PE images: a file of the operator's, which may come from anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct predict_split what = { .kernel = bytes_of(data, size),
				      .initrd = bytes_of(data, size),
				      .command_line = bytes_of_text("quiet"),
				      .qemu_memory = UINT64_C(256) << 20 };
	struct tpm_pcr_values values;
	uint8_t digest[32];
	struct error e;

	(void)!predict_authenticode(digest, bytes_of(data, size), &e);
	(void)!predict_uki(&values, bytes_of(data, size), 1, false, &e);
	(void)!predict_split(&values, &what, &e);
	return 0;
}
