/* SPDX-License-Identifier: MIT */
#include "discovery/medium_path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"
#include "codec/uri.h"
#include "platform/file.h"

/* "disk2:", "usb:": how routers name their slots. */
static bool names_a_slot(struct bytes segment)
{
	if (text_equal_nocase(segment, bytes_of_text("usb:")))
		return true;
	if (segment.size < 6 || segment.at[segment.size - 1] != ':' ||
	    !text_equal_nocase(bytes_of(segment.at, 4), bytes_of_text("disk")))
		return false;
	for (size_t i = 4; i + 1 < segment.size; i++)
		if (segment.at[i] < '0' || segment.at[i] > '9')
			return false;
	return true;
}

/* Undo the percent-encoding of one segment.  false: it hides what a name cannot hold. */
static bool decode(struct writer *to, struct bytes segment)
{
	bool bad;
	struct reader r = reader_over(segment, &bad);

	while (reader_left(&r)) {
		uint8_t c = reader_u8(&r);

		if (c == '%' && !text_unhex(&c, 1, reader_bytes(&r, 2)))
			return false;
		if (c < ' ' || c == 0x7f || c == '/' || c == '\\')
			return false;
		writer_u8(to, c);
	}
	return true;
}

bool medium_path_read(char *to, size_t size, struct bytes text, struct error *e)
{
	char out[CONFIG_URI_MAX];
	bool bad, first = true;
	struct uri uri;

	if (!uri_read(&uri, text, e))
		return error_rule(e, "USB-14");
	if (strcmp(uri.scheme, "file") != 0 || strchr(uri.path, '?') || uri.has_port ||
	    (uri.host[0] && strcmp(uri.host, "localhost") != 0))
		return error_set(e, ERROR_REFUSED, "USB-14", "'%s' is no file of this medium",
				 TEXT_QUOTED(text));

	struct bytes path = bytes_of_text(uri.path);
	struct writer w = writer_over(out, sizeof(out));
	struct reader r = reader_over(path, &bad);

	while (reader_left(&r)) {
		const uint8_t *slash = memchr(r.at, '/', r.left);
		struct bytes raw =
			reader_bytes(&r, slash ? (size_t)(slash - r.at) : reader_left(&r));
		size_t before;

		if (slash)
			reader_skip(&r, 1);
		if (raw.size == 0)
			continue;
		if (w.used)
			writer_u8(&w, '/');
		before = w.used;
		if (!decode(&w, raw))
			return error_set(e, ERROR_REFUSED, "USB-14",
					 "'%s' encodes what is in no file name",
					 TEXT_QUOTED(text));

		struct bytes name = bytes_of(out + before, w.used - before);

		if (bytes_equal_text(name, ".") || bytes_equal_text(name, ".."))
			return error_set(e, ERROR_REFUSED, "USB-14",
					 "'%s' walks up or in place by a segment of dots",
					 TEXT_QUOTED(text));
		if (first && names_a_slot(name))
			w.used = before;
		first = false;
	}
	if (w.used == 0 || !text_copy(to, size, writer_done(&w)))
		return error_set(e, ERROR_REFUSED, "USB-14", "'%s' names no file",
				 TEXT_QUOTED(text));
	return true;
}

bool medium_path_open(int *fd, const char *root, struct bytes uri, struct error *e)
{
	char path[CONFIG_URI_MAX];
	int directory, opened = -1, number;
	struct stat st;

	if (!medium_path_read(path, sizeof(path), uri, e))
		return false;
	directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory >= 0)
		opened = file_open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	number = errno;
	if (directory >= 0)
		close(directory);
	errno = number;
	if (opened < 0)
		return error_errno(e,
				   errno == ELOOP || errno == EXDEV ? ERROR_REFUSED : ERROR_LATER,
				   "USB-14", "'%s' on the medium",
				   TEXT_QUOTED(bytes_of_text(path)));
	if (fstat(opened, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(opened);
		return error_set(e, ERROR_REFUSED, "USB-14", "'%s' is no regular file",
				 TEXT_QUOTED(bytes_of_text(path)));
	}
	*fd = opened;
	return true;
}
