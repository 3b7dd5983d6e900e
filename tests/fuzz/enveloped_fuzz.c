/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "pki/decrypt_software.h"
#include "pki/enveloped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER "tests/data/encrypted/"

static struct bytes load(const char *path)
{
	uint8_t *bytes = malloc(4096);
	FILE *f = fopen(path, "rb");

	if (!f || !bytes) {
		perror(path);
		exit(3);
	}
	size_t size = fread(bytes, 1, 4096, f);
	fclose(f);
	return bytes_of(bytes, size);
}

static void read_key(struct decrypt_software *s, const char *key, const char *certificate)
{
	struct bytes file = load(key);
	struct error e;

	if (!decrypt_software_read(s, file, load(certificate), &e))
		abort();
	free((void *)(uintptr_t)file.at);
}

static bool is_within(struct bytes inner, struct bytes outer)
{
	return inner.size == 0 ||
	       (inner.at >= outer.at && inner.at + inner.size <= outer.at + outer.size);
}

static void open_with(const struct cms *cms, const struct decrypt_key *key)
{
	static const uint8_t random[ENVELOPED_RANDOM_SIZE] = { 1, 2, 3 };
	static uint8_t room[1 << 16];
	struct writer w = writer_over(room, sizeof(room));
	struct enveloped_content content;
	struct error e = { 0 };

	if (enveloped_open(&content, cms, key, random, &w, &e)) {
		if (!is_within(content.document, writer_done(&w)) ||
		    (content.cms.content.size == 0) == (content.document.size == 0) ||
		    !is_within(content.cms.content, writer_done(&w)))
			abort();
	} else if (e.text[0] == '\0' || w.used) {
		abort();
	}
}

/* One artifact with the keys of two devices. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decrypt_software rsa, ec;
	struct error e;
	struct cms cms;

	if (!rsa.key.context) {
		read_key(&rsa, FOLDER "rsa.key", FOLDER "rsa.der");
		read_key(&ec, FOLDER "p256.key", FOLDER "p256.der");
	}
	if (!cms_read(&cms, bytes_of(data, size), &e))
		return 0;
	open_with(&cms, &rsa.key);
	open_with(&cms, &ec.key);
	return 0;
}
