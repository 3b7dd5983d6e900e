/* SPDX-License-Identifier: MIT */
#include "certificate_file.h"

#include "codec/pem.h"
#include "platform/file.h"

static bool add(struct bytes *to, size_t *count, size_t max, struct bytes item,
		const char *path, struct error *e)
{
	if (*count == max)
		return error_set(e, ERROR_REFUSED, "CMS-16",
				 "%s: more than %zu certificates or CRLs", path, max);
	to[(*count)++] = item;
	return true;
}

bool certificate_file_read(struct bytes *to, size_t *count, size_t max, const char *label,
			   struct writer *into, const char *path, struct error *e)
{
	struct bytes file;
	struct pem pem;
	size_t used;
	bool found = true;

	if (!file_read(into->start + into->used, into->size - into->used, &used, path, 0, e))
		return error_rule(e, e->code == ERROR_REFUSED ? "CMS-16" : "");
	file = bytes_of(into->start + into->used, used);
	into->used += used;
	if (!pem_is(file))
		return add(to, count, max, file, path, e);
	while (pem_next(&pem, &found, &file, into, e) && found)
		if (bytes_equal_text(pem.label, label) &&
		    !add(to, count, max, pem.content, path, e))
			return false;
	if (!found)
		return true;
	error_wrap(e, "%s", path);
	return error_rule(e, "CMS-18");
}
