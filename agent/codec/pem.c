/* SPDX-License-Identifier: MIT */
#include "codec/pem.h"

#include "base/reader.h"
#include "base/text.h"
#include "codec/base64.h"

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

/* The next line without its end; false when there is none. */
static bool take_line(struct bytes *line, struct bytes *rest)
{
	if (rest->size == 0)
		return false;

	const uint8_t *stop = memchr(rest->at, '\n', rest->size);
	size_t size = stop ? (size_t)(stop - rest->at) : rest->size;

	*line = bytes_of(rest->at, size);
	size += stop ? 1 : 0;
	*rest = bytes_of(rest->at + size, rest->size - size);
	while (line->size &&
	       (line->at[line->size - 1] == '\r' || line->at[line->size - 1] == ' '))
		line->size--;
	return true;
}

/* The label of a "-----BEGIN label-----" line. */
static bool read_label(struct bytes *label, struct bytes line, const char *start)
{
	size_t before = strlen(start), after = sizeof(dashes) - 1;

	if (!text_starts(line, start) || line.size < before + after ||
	    memcmp(line.at + line.size - after, dashes, after) != 0)
		return false;
	*label = bytes_of(line.at + before, line.size - before - after);
	return true;
}

bool pem_is(struct bytes text)
{
	struct bytes line, label;

	while (take_line(&line, &text))
		if (read_label(&label, line, begin))
			return true;
	return false;
}

bool pem_next(struct pem *pem, bool *found, struct bytes *rest, struct writer *into,
	      struct error *e)
{
	struct bytes left = *rest, line, label, closing, content;

	do {
		if (!take_line(&line, &left)) {
			*found = false;
			return true;
		}
	} while (!read_label(&label, line, begin));

	const uint8_t *start = left.at;

	do {
		if (!take_line(&line, &left))
			return error_set(e, ERROR_MALFORMED, NULL,
					 "PEM: no END line (RFC 7468 §2)");
		if (line.size && memchr(line.at, ':', line.size))
			return error_set(e, ERROR_REFUSED, NULL,
					 "PEM: headers inside; is the key encrypted?");
	} while (!text_starts(line, end));
	if (!read_label(&closing, line, end) || !bytes_equal(closing, label))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "PEM: BEGIN %s has another END line (RFC 7468 §2)",
				 TEXT_QUOTED(label));
	if (!base64_decode(&content, into, bytes_of(start, (size_t)(line.at - start)), e))
		return error_wrap(e, "PEM");
	*pem = (struct pem){ label, content };
	*found = true;
	*rest = left;
	return true;
}

bool pem_private_key(struct bytes *der, struct bytes file, struct writer *into, struct error *e)
{
	size_t before = into->used;
	struct pem pem;
	bool found;

	if (!pem_is(file)) {
		*der = file;
		return true;
	}
	for (;;) {
		into->used = before;
		if (!pem_next(&pem, &found, &file, into, e))
			return false;
		if (!found)
			return error_set(e, ERROR_MALFORMED, NULL,
					 "no private key in this file");
		if (bytes_equal_text(pem.label, "ENCRYPTED PRIVATE KEY"))
			return error_set(e, ERROR_REFUSED, NULL,
					 "is encrypted, which cannot be read");
		if (bytes_equal_text(pem.label, "PRIVATE KEY") ||
		    bytes_equal_text(pem.label, "EC PRIVATE KEY") ||
		    bytes_equal_text(pem.label, "RSA PRIVATE KEY")) {
			*der = pem.content;
			return true;
		}
	}
}

void pem_write(struct writer *w, const char *label, struct bytes content)
{
	writer_printf(w, "%s%s%s\n", begin, label, dashes);
	while (content.size) {
		size_t n = content.size < 48 ? content.size : 48;

		base64_write(w, bytes_of(content.at, n));
		writer_u8(w, '\n');
		content = bytes_of(content.at + n, content.size - n);
	}
	writer_printf(w, "%s%s%s\n", end, label, dashes);
}
