/* SPDX-License-Identifier: MIT */
#include "handoff/boot_entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "handoff/bls.h"
#include "platform/file.h"

/*
 * Two kinds of sources.  Entry files say everything themselves; all of them, from all
 * places, stand in one line, and the first whose files exist is taken.  Symbolic links say
 * only which kernel is current; the root file system is then the one that looks like an
 * installed system, given by its partition's UUID, for the disk's name changes.
 */

#if defined(__x86_64__)
#define ARCHITECTURE "x64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aa64"
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE "riscv64"
#else
#error "which name has this architecture in UAPI.1?"
#endif

struct found {
	struct bls_entry entry;
	size_t place;
	const char *directory; /* the entry's files may be relative to its parent's parent */
	struct boot_candidate *candidate; /* NULL when there is no room to tell */
};

const char *boot_entry_source_name(enum boot_entry_source source)
{
	static const char *const names[] = {
		[BOOT_ENTRY_SOURCE_BLS] = "bls",
		[BOOT_ENTRY_SOURCE_SCAN] = "scan",
	};

	return names[source];
}

/* ---- telling -------------------------------------------------------------------------- */

static struct boot_candidate *add_candidate(struct boot_search *search,
					    const struct boot_place *place,
					    const char *directory, const char *name)
{
	struct boot_candidate *c;

	if (search->count == CONFIG_BOOT_CANDIDATES_MAX)
		return NULL;
	c = &search->candidates[search->count++];
	c->taken = false;
	c->why[0] = '\0';
	snprintf(c->what, sizeof(c->what), "%.40s: %s%s%.80s", place->name, directory,
		 directory[0] ? "/" : "", TEXT_QUOTED(bytes_of_text(name)));
	return c;
}

static void lost(struct boot_candidate *c, const char *format, const char *detail)
{
	if (c)
		snprintf(c->why, sizeof(c->why), format, detail);
}

static void taken(struct boot_candidate *c)
{
	if (!c)
		return;
	c->taken = true;
	snprintf(c->why, sizeof(c->why), "taken");
}

/* ---- files ---------------------------------------------------------------------------- */

static bool is_file(const struct boot_place *place, const char *path)
{
	int fd = file_open_in(place->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	bool regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		       st.st_size > 0;

	if (fd >= 0)
		close(fd);
	return regular;
}

/*
 * Paths are relative to the file system's root (UAPI.1).  Where /boot is a directory of the
 * root file system, entries made for a /boot partition are relative to that instead.
 */
static bool locate(char to[static CONFIG_BOOT_PATH_MAX], const struct boot_place *place,
		   const char *prefix, const char *path)
{
	char longer[CONFIG_BOOT_PATH_MAX + 8];

	snprintf(longer, sizeof(longer), "%s/%s", prefix, path);
	if (is_file(place, path))
		snprintf(to, CONFIG_BOOT_PATH_MAX, "%s", path);
	else if (prefix[0] && strlen(longer) < CONFIG_BOOT_PATH_MAX && is_file(place, longer))
		snprintf(to, CONFIG_BOOT_PATH_MAX, "%s", longer);
	else
		return false;
	return true;
}

/* ---- BLS ------------------------------------------------------------------------------ */

/* loader/entries.srel says which kind of entries these are; without it, type 1. */
static bool is_type_1(const struct boot_place *place, const char *directory)
{
	char path[64], text[32];
	struct error e;
	size_t used;

	snprintf(path, sizeof(path), "%s.srel", directory);
	if (!file_read_in(text, sizeof(text), &used, place->root, path, &e))
		return true;
	return bytes_equal(bytes_of(text, used), bytes_of_text("type1\n")) ||
	       bytes_equal(bytes_of(text, used), bytes_of_text("type1"));
}

static void read_entry(struct found *list, size_t *count, struct boot_search *search,
		       const struct boot_place *places, size_t place, const char *directory,
		       const char *name, uint8_t *room)
{
	struct found *f = &list[*count];
	char path[NAME_MAX + 64];
	struct error e;
	size_t used;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f->place = place;
	f->directory = directory;
	f->candidate = add_candidate(search, &places[place], directory, name);
	if (!file_read_in(room, CONFIG_BLS_FILE_MAX, &used, places[place].root, path, &e) ||
	    !bls_read(&f->entry, name, bytes_of(room, used), &e))
		lost(f->candidate, "%.150s", e.text);
	else if (f->entry.architecture[0] &&
		 !bytes_equal(bytes_of_text(ARCHITECTURE),
			      bytes_of_text(f->entry.architecture)) &&
		 !text_equal_nocase(bytes_of_text(ARCHITECTURE),
				    bytes_of_text(f->entry.architecture)))
		lost(f->candidate, "it is for architecture %s", f->entry.architecture);
	else if (!f->entry.kernel[0])
		lost(f->candidate, "it starts an EFI program, which kexec cannot%s", "");
	else
		(*count)++;
}

static void read_entries(struct found *list, size_t *count, struct boot_search *search,
			 const struct boot_place *places, size_t place, const char *directory,
			 uint8_t *room)
{
	int fd = file_open_in(places[place].root, directory, O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *file;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!is_type_1(&places[place], directory)) {
		lost(add_candidate(search, &places[place], directory, ""),
		     "entries.srel says they are not of type 1%s", "");
	} else {
		while (*count < CONFIG_BLS_ENTRIES_MAX && (file = readdir(d)))
			if (bls_is_entry_name(file->d_name))
				read_entry(list, count, search, places, place, directory,
					   file->d_name, room);
	}
	closedir(d);
}

static int by_order(const void *a, const void *b)
{
	return bls_compare(&((const struct found *)a)->entry,
			   &((const struct found *)b)->entry);
}

static bool use_entry(struct boot_entry *to, const struct found *f,
		      const struct boot_place *places)
{
	const struct boot_place *place = &places[f->place];
	const char *prefix = strncmp(f->directory, "boot/", 5) == 0 ? "boot" : "";
	struct boot_entry b = { .source = BOOT_ENTRY_SOURCE_BLS, .place = f->place };

	if (!locate(b.kernel, place, prefix, f->entry.kernel)) {
		lost(f->candidate, "kernel %.100s is not there", f->entry.kernel);
		return false;
	}
	for (size_t i = 0; i < f->entry.initrd_count; i++) {
		if (!locate(b.initrds[i], place, prefix, f->entry.initrds[i])) {
			lost(f->candidate, "initrd %.100s is not there", f->entry.initrds[i]);
			return false;
		}
	}
	b.initrd_count = f->entry.initrd_count;
	snprintf(b.id, sizeof(b.id), "%s", f->entry.id);
	snprintf(b.title, sizeof(b.title), "%s", f->entry.title);
	snprintf(b.version, sizeof(b.version), "%s", f->entry.version);
	snprintf(b.options, sizeof(b.options), "%s", f->entry.options);
	*to = b;
	return true;
}

/* false: no memory.  @found: an entry was taken. */
static bool find_bls(bool *found, struct boot_entry *entry, struct boot_search *search,
		     const struct boot_place *places, size_t count, struct error *e)
{
	struct found *list = calloc(CONFIG_BLS_ENTRIES_MAX + 1, sizeof(*list));
	uint8_t *room = malloc(CONFIG_BLS_FILE_MAX);
	size_t entries = 0;
	bool done = false, good = false;

	if (!list || !room) {
		error_set(e, ERROR_MACHINE, "DONE-1", "no memory for boot entries");
		goto out;
	}
	for (size_t p = 0; p < count; p++) {
		read_entries(list, &entries, search, places, p, "loader/entries", room);
		if (places[p].kind == BOOT_PLACE_ROOT)
			read_entries(list, &entries, search, places, p, "boot/loader/entries",
				     room);
	}
	qsort(list, entries, sizeof(*list), by_order);
	for (size_t i = 0; i < entries; i++) {
		if (done) {
			lost(list[i].candidate, "%.120s comes before it", entry->id);
		} else if (use_entry(entry, &list[i], places)) {
			taken(list[i].candidate);
			done = true;
		}
	}
	*found = done;
	good = true;
out:
	free(list);
	free(room);
	return good;
}

/* ---- symbolic links ---------------------------------------------------------------------
 */

static bool looks_installed(const struct boot_place *place)
{
	return is_file(place, "etc/os-release") || is_file(place, "usr/lib/os-release");
}

/* The one root file system of the disk; NULL: none, or several. */
static const struct boot_place *find_root(const struct boot_place *places, size_t count)
{
	const struct boot_place *root = NULL;

	for (size_t p = 0; p < count; p++) {
		if (places[p].kind != BOOT_PLACE_ROOT || !looks_installed(&places[p]))
			continue;
		if (root)
			return NULL;
		root = &places[p];
	}
	return root;
}

static bool use_links(struct boot_entry *to, struct boot_candidate *c,
		      const struct boot_place *places, size_t place, const char *directory,
		      const struct boot_place *root, const char *console)
{
	struct boot_entry b = { .source = BOOT_ENTRY_SOURCE_SCAN, .place = place };
	int n;

	if (!root) {
		lost(c, "which root file system belongs to it cannot be told%s", "");
		return false;
	}
	if (!root->partition_uuid[0]) {
		lost(c, "its root file system has no partition UUID%s", "");
		return false;
	}
	snprintf(b.kernel, sizeof(b.kernel), "%svmlinuz", directory);
	snprintf(b.initrds[0], sizeof(b.initrds[0]), "%sinitrd.img", directory);
	b.initrd_count = is_file(&places[place], b.initrds[0]);
	snprintf(b.id, sizeof(b.id), "%s", b.kernel);
	n = snprintf(b.options, sizeof(b.options), "root=PARTUUID=%s ro%s%s",
		     root->partition_uuid, console[0] ? " " : "", console);
	if (n < 0 || (size_t)n >= sizeof(b.options)) {
		lost(c, "its command line would be too long%s", "");
		return false;
	}
	*to = b;
	return true;
}

static bool find_links(struct boot_entry *entry, struct boot_search *search,
		       const struct boot_place *places, size_t count, const char *console)
{
	const struct boot_place *root = find_root(places, count);
	bool done = false;

	for (size_t p = 0; p < count; p++) {
		static const char *const directories[] = { "boot/", "" };

		for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
			struct boot_candidate *c;
			char kernel[16];

			snprintf(kernel, sizeof(kernel), "%svmlinuz", directories[i]);
			if (!is_file(&places[p], kernel))
				continue;
			c = add_candidate(search, &places[p], "", kernel);
			if (done)
				lost(c, "%.120s comes before it", entry->id);
			else if (use_links(entry, c, places, p, directories[i], root,
					   console)) {
				taken(c);
				done = true;
			}
		}
	}
	return done;
}

bool boot_entry_find(struct boot_entry *entry, struct boot_search *search,
		     const struct boot_place *places, size_t count, const char *console,
		     struct error *e)
{
	bool found;

	search->count = 0;
	if (!find_bls(&found, entry, search, places, count, e))
		return false;
	if (found || find_links(entry, search, places, count, console))
		return true;
	if (search->count == 0)
		return error_set(
			e, ERROR_REFUSED, "DONE-1",
			"there is nothing to boot: no loader entry and no /boot/vmlinuz");
	return error_set(e, ERROR_REFUSED, "DONE-1",
			 "nothing of what is there can be booted: %s: %s",
			 search->candidates[0].what, search->candidates[0].why);
}
