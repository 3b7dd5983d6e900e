/* SPDX-License-Identifier: MIT */
#include "image/target.h"

#include <stdio.h>

#include "base/text.h"

/*
 * Every disk is asked the same questions in the same order, and the first one it fails is
 * the reason that is printed.  Those that pass all are candidates; the answer is a disk
 * only if there is one of them.  Size and name never break a tie.
 */

bool target_install_read(enum target_install *install, const char *text)
{
	if (strcmp(text, "empty") == 0)
		*install = TARGET_INSTALL_EMPTY;
	else if (strcmp(text, "any") == 0)
		*install = TARGET_INSTALL_ANY;
	else
		return false;
	return true;
}

static bool left(struct target_verdict *v, const char *format, const char *detail)
{
	snprintf(v->reason, sizeof(v->reason), format, detail);
	return false;
}

static bool is_named(const struct target_policy *p)
{
	return p->serial || p->wwid || p->bus_path;
}

static bool is_as_named(struct target_verdict *v, const struct disk *d,
			const struct target_policy *p)
{
	if (p->serial && strcmp(p->serial, d->serial) != 0)
		return left(v, "left: its serial number is not %.60s", p->serial);
	if (p->wwid && strcmp(p->wwid, d->wwid) != 0)
		return left(v, "left: its world wide name is not %.100s", p->wwid);
	if (p->bus_path && strcmp(p->bus_path, d->bus_path) != 0)
		return left(v, "left: it is not at %.120s", p->bus_path);
	if (p->model && !text_matches(d->model, p->model))
		return left(v, "left: its model is not %.60s", p->model);
	if (p->transport && strcmp(p->transport, d->transport) != 0)
		return left(v, "left: it is not on %.20s", p->transport);
	return true;
}

/* Two paths to one disk, or two disks with one number: writing to either is a guess. */
static const struct disk *same_number(const struct disk *disks, size_t count,
				      const struct disk *d)
{
	for (size_t i = 0; i < count; i++) {
		const struct disk *other = &disks[i];

		if (other == d)
			continue;
		if (d->wwid[0] ? strcmp(d->wwid, other->wwid) == 0
			       : d->serial[0] && !other->wwid[0] &&
					 strcmp(d->serial, other->serial) == 0 &&
					 strcmp(d->model, other->model) == 0)
			return other;
	}
	return NULL;
}

static bool is_candidate(struct target_verdict *v, const struct disk *disks, size_t count,
			 const struct disk *d, const struct target_policy *p)
{
	const struct disk *other;

	if (d->hidden)
		return left(v, "left: it is a part or a path of another disk%s", "");
	if (d->boot_medium)
		return left(v, "left: this machine was started from it%s", "");
	if (!d->bus_path[0])
		return left(v, "left: it is not on any bus%s", "");
	if (!is_as_named(v, d, p))
		return false;
	if (d->read_only)
		return left(v, "left: it is read-only%s", "");
	if (d->used_by[0])
		return left(v, "left: in use (%s)", d->used_by);
	if (!is_named(p) && d->removable)
		return left(v, "left: it is removable%s", "");
	if (!is_named(p) && strcmp(d->transport, "usb") == 0 &&
	    !(p->transport && strcmp(p->transport, "usb") == 0))
		return left(v, "left: it is on USB%s", "");
	if (p->size_min_bytes && d->size_bytes < p->size_min_bytes)
		return left(v, "left: it is too small for the image%s", "");
	if (p->size_max_bytes && d->size_bytes > p->size_max_bytes)
		return left(v, "left: it is larger than the policy allows%s", "");
	other = same_number(disks, count, d);
	if (other)
		return left(v, "left: %s has the same serial number", other->name);
	if (p->install == TARGET_INSTALL_EMPTY) {
		switch (d->contents) {
		case DISK_CONTENTS_NONE:
			break;
		case DISK_CONTENTS_SOME:
			return left(v, "left: it holds %s (install.disk = empty)", d->holds);
		case DISK_CONTENTS_UNKNOWN:
			return left(v, "left: whether it is empty cannot be told%s", "");
		}
	}
	return true;
}

/* "vda, vdb" for the sentence. */
static void list_names(char *to, size_t size, const struct disk *disks,
		       const struct target_verdict *verdicts, size_t count)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (!verdicts[i].taken ||
		    used + sizeof(disks->name) + sizeof(disks->serial) + 8 > size)
			continue;
		used += (size_t)snprintf(to + used, size - used, "%s%s%s%s%s",
					 used ? ", " : "", disks[i].name,
					 disks[i].serial[0] ? " (" : "", disks[i].serial,
					 disks[i].serial[0] ? ")" : "");
	}
}

bool target_choose(size_t *chosen, struct target_verdict *verdicts, const struct disk *disks,
		   size_t count, const struct target_policy *policy, struct error *e)
{
	size_t candidates = 0, last = 0;
	char names[200];

	for (size_t i = 0; i < count; i++) {
		struct target_verdict *v = &verdicts[i];

		memset(v, 0, sizeof(*v));
		v->taken = is_candidate(v, disks, count, &disks[i], policy);
		if (v->taken) {
			candidates++;
			last = i;
		}
	}
	if (candidates == 1) {
		struct target_verdict *v = &verdicts[last];

		if (disks[last].contents == DISK_CONTENTS_SOME)
			snprintf(v->reason, sizeof(v->reason),
				 "taken: the only one that fits; what it holds is lost (%s)",
				 disks[last].holds);
		else
			snprintf(v->reason, sizeof(v->reason),
				 "taken: the only one that fits%s",
				 disks[last].contents == DISK_CONTENTS_NONE ? ", and empty"
									    : "");
		*chosen = last;
		return true;
	}
	list_names(names, sizeof(names), disks, verdicts, count);
	for (size_t i = 0; i < count; i++) {
		if (!verdicts[i].taken)
			continue;
		verdicts[i].taken = false;
		left(&verdicts[i], "left: it fits, but it is not the only one%s", "");
	}
	if (candidates > 1)
		return error_set(
			e, ERROR_REFUSED, NULL,
			"%zu disks fit, and none is guessed: %s; name one by its serial "
			"number",
			candidates, names);
	if (count == 0)
		return error_set(e, ERROR_LATER, NULL, "this machine shows no disk");
	return error_set(e, ERROR_REFUSED, NULL,
			 "none of the %zu disks may be overwritten: %s: %s", count,
			 disks[0].name, verdicts[0].reason);
}
