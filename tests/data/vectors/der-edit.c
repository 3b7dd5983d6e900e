/* SPDX-License-Identifier: MIT */
/*
 * usage: der-edit COMMAND FILE PATH [ARGUMENT]
 *        der-edit wrap TAG FILE...
 *
 * Takes DER apart and puts it together wrongly on purpose, for the vectors that no honest
 * tool makes.  The result goes to stdout; lengths of all elements around an edit are written
 * anew.
 *
 *   get        the element                    delete         leave it out
 *   value      its content                    insert FILE    put FILE before it
 *   set FILE   put FILE in its place          reverse        its children, last one first
 *   tag HEX    give it another tag            long           its length in a needless long
 * form flip N     invert the lowest bit of octet N of its content, from the end when negative
 *   indefinite its length in BER's indefinite form
 *   wrap       an element of that tag (hex) around the contents of files
 *
 * PATH counts children from 0 at each level, from the end when negative: 1.0.-1.0 is the
 * first child of the last child of ...; "." is the outermost element.  insert knows "+":
 * behind the last child.  Only tags of one octet and definite lengths are read.  Made for own
 * files, in a build's scratch folder: memory is never freed, and what is wrong ends the
 * program.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct octets {
	uint8_t *at;
	size_t size;
};

static const char *command, *argument;

static void die(const char *what)
{
	fprintf(stderr, "der-edit %s: %s\n", command ? command : "", what);
	exit(1);
}

static void *room(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		die("no memory");
	return p;
}

static struct octets read_file(const char *path)
{
	struct octets o = { room(4 << 20), 0 };
	FILE *f = fopen(path, "rb");

	if (!f)
		die(path);
	o.size = fread(o.at, 1, 4 << 20, f);
	fclose(f);
	return o;
}

static struct octets join(struct octets a, struct octets b)
{
	struct octets o = { room(a.size + b.size), a.size + b.size };

	if (a.size)
		memcpy(o.at, a.at, a.size);
	if (b.size)
		memcpy(o.at + a.size, b.at, b.size);
	return o;
}

static struct octets element(uint8_t tag, struct octets content, int needless)
{
	uint8_t head[16] = { tag };
	size_t bytes = 0, used = 1;

	while (bytes < 8 && (content.size >> (8 * bytes)))
		bytes++;
	if (content.size < 0x80 && !needless) {
		head[used++] = (uint8_t)content.size;
	} else {
		bytes += needless ? 1 : 0;
		head[used++] = (uint8_t)(0x80 | bytes);
		while (bytes--)
			head[used++] = bytes >= 8 ? 0
						  : (uint8_t)(content.size >> (8 * bytes));
	}
	return join((struct octets){ head, used }, content);
}

/* The first element of *from; *from goes behind it. */
static struct octets take(struct octets *from, struct octets *content)
{
	size_t head = 2, length;

	if (from->size < 2)
		die("the data end inside an element");
	length = from->at[1];
	if (length == 0x80)
		die("indefinite length");
	if (length > 0x80) {
		size_t bytes = length & 0x7f;

		if (bytes > 4 || from->size < 2 + bytes)
			die("bad length");
		for (length = 0; head < 2 + bytes; head++)
			length = length << 8 | from->at[head];
	}
	if (from->size - head < length)
		die("the data end inside an element");

	struct octets whole = { from->at, head + length };

	*content = (struct octets){ from->at + head, length };
	from->at += whole.size;
	from->size -= whole.size;
	return whole;
}

static struct octets reversed(struct octets children)
{
	struct octets all = { NULL, 0 }, content;

	while (children.size)
		all = join(take(&children, &content), all);
	return all;
}

/* The element that the path ends at, changed. */
static struct octets change(struct octets whole)
{
	struct octets content, rest = whole;
	uint8_t tag = whole.at[0];

	take(&rest, &content);
	if (strcmp(command, "get") == 0 || strcmp(command, "value") == 0) {
		struct octets o = command[0] == 'g' ? whole : content;

		fwrite(o.at, 1, o.size, stdout);
		exit(fflush(stdout) != 0);
	}
	if (strcmp(command, "delete") == 0)
		return (struct octets){ NULL, 0 };
	if (strcmp(command, "reverse") == 0)
		return element(tag, reversed(content), 0);
	if (strcmp(command, "long") == 0)
		return element(tag, content, 1);
	if (strcmp(command, "indefinite") == 0) {
		uint8_t head[2] = { tag, 0x80 }, end[2] = { 0, 0 };

		return join(join((struct octets){ head, 2 }, content),
			    (struct octets){ end, 2 });
	}
	if (!argument)
		die("wants an argument, or is unknown");
	if (strcmp(command, "set") == 0)
		return read_file(argument);
	if (strcmp(command, "insert") == 0)
		return join(read_file(argument), whole);
	if (strcmp(command, "tag") == 0)
		return element((uint8_t)strtoul(argument, NULL, 16), content, 0);
	if (strcmp(command, "flip") == 0) {
		long n = strtol(argument, NULL, 10);

		n += n < 0 ? (long)content.size : 0;
		if (n < 0 || (size_t)n >= content.size)
			die("no such octet");
		content.at[n] ^= 1;
		return element(tag, content, 0);
	}
	die("unknown command");
	return whole;
}

static struct octets walk(struct octets whole, const char *path)
{
	struct octets content, rest = whole, all = { NULL, 0 };
	long wanted, count = 0, n = 0;
	char *next;

	if (*path == '\0')
		return change(whole);
	take(&rest, &content);
	if (strcmp(path, "+") == 0)
		return element(whole.at[0], join(content, read_file(argument)), 0);
	wanted = strtol(path, &next, 10);
	if (next == path)
		die("bad path");
	for (struct octets left = content, ignored; left.size; count++)
		take(&left, &ignored);
	wanted += wanted < 0 ? count : 0;
	if (wanted < 0 || wanted >= count)
		die("no such child");
	for (; content.size; n++) {
		struct octets ignored, child = take(&content, &ignored);

		all = join(all,
			   n == wanted ? walk(child, *next == '.' ? next + 1 : next) : child);
	}
	return element(whole.at[0], all, 0);
}

int main(int argc, char **argv)
{
	struct octets in, out = { NULL, 0 }, ignored;

	command = argc > 1 ? argv[1] : NULL;
	if (argc < 3)
		die("usage: der-edit COMMAND FILE PATH [ARGUMENT]");
	if (strcmp(command, "wrap") == 0) {
		for (int i = 3; i < argc; i++)
			out = join(out, read_file(argv[i]));
		out = element((uint8_t)strtoul(argv[2], NULL, 16), out, 0);
	} else {
		if (argc < 4)
			die("wants a path");
		argument = argc > 4 ? argv[4] : NULL;
		in = read_file(argv[2]);
		out = take(&in, &ignored);
		out = walk(out, strcmp(argv[3], ".") == 0 ? "" : argv[3]);
	}
	fwrite(out.at, 1, out.size, stdout);
	return fflush(stdout) != 0;
}
