/* SPDX-License-Identifier: MIT */
/* dictionaries: der */
#include <stdlib.h>

#include "pki/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct bytes view, struct bytes input)
{
	if (view.size && (view.at < input.at || view.at + view.size > input.at + input.size))
		abort();
}

/* Each signer against each certificate that comes along. */
static void try_signers(const struct cms_signed *s)
{
	struct error e;
	struct x509 x;
	struct key key;

	for (size_t i = 0; i < s->signer_count; i++) {
		cms_signer_string(&s->signers[i]);
		for (size_t j = 0; j < s->certificate_count && j < 4; j++)
			if (x509_read(&x, s->certificates[j], &e) &&
			    key_read(&key, x.spki, &e) &&
			    cms_signer_names(&s->signers[i], &x) &&
			    cms_verify(s, &s->signers[i], &key, &e) && !s->has_content)
				abort();
	}
}

/* One artifact from ContentInfo to signature. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cms_signed s;
	struct bytes input = cms_file(bytes_of(data, size)), octets;
	struct cms cms;
	struct error e;

	if (!cms_read(&cms, input, &e))
		return 0;
	if (cms_octets(&octets, &cms, &e))
		check_inside(octets, input);
	if (!cms_signed_read(&s, &cms, &e))
		return 0;
	check_inside(s.content, input);
	for (size_t i = 0; i < s.certificate_count; i++)
		check_inside(s.certificates[i], input);
	if (cms_check_degenerate(&s, &e) && (s.signer_count || s.has_content))
		abort();
	try_signers(&s);
	return 0;
}
