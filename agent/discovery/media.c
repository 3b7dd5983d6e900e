/* SPDX-License-Identifier: MIT */
#include "discovery/media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "platform/file.h"
#include "platform/mount.h"
#include "platform/probe.h"

#define STEM "usb"

/* What the child tells: shared memory, which nobody else writes once the child has ended. */
struct media_scan {
	char device[48], file_system[16];
	struct media_files files;
	unsigned looked; /* file systems, of all that the device has */
	bool found, more;
	char log[4096]; /* level, text, NUL; and again */
	size_t log_used;
	uint8_t bytes[];
};

/* USB-4 */
static const char *const file_systems[] = {
	"vfat", "exfat", "ext2", "ext3", "ext4", "iso9660", "udf",
};

static size_t set_max(const struct media *m)
{
	return m->set_max ? m->set_max : CONFIG_MEDIA_SET_MAX;
}

static const char *mount_point(const struct media *m)
{
	return m->where ? m->where : "/run/sztpboot/medium";
}

static const char *sys_of(const struct media *m)
{
	return m->sys ? m->sys : "/sys";
}

/* ---- in the child: one device ------------------------------------------------------------ */

static void keep_line(void *context, const struct log_entry *entry)
{
	struct media_scan *s = context;
	size_t room = sizeof(s->log) - s->log_used;
	int n = snprintf(s->log + s->log_used, room, "%c%s", 'a' + entry->level, entry->line);

	if (n > 0 && (size_t)n < room)
		s->log_used += (size_t)n + 1;
}

static bool is_readable(const struct probe_partition *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (strcmp(p->fs_type, file_systems[i]) == 0)
			return true;
	return false;
}

/* The file systems of a device: on its partitions, else on all of it. */
static size_t list_file_systems(struct probe_partition *list, const struct disk *d)
{
	int fd = open(d->path, O_RDONLY | O_CLOEXEC);
	size_t all = 0, count = 0;
	struct error e = { .code = ERROR_REFUSED };

	if (fd < 0) {
		if (errno == ENOMEDIUM)
			log_debug(STEM, "%s: empty", d->name);
		else
			log_warn(STEM, "%s: %s", d->name, strerror(errno));
		return 0;
	}
	close(fd);
	if (!probe_partitions(list, &all, d->path, &e))
		all = 0;
	for (size_t i = 0; i < all; i++)
		if (is_readable(&list[i]))
			list[count++] = list[i];
	if (count)
		return count;
	if (e.code == ERROR_REFUSED && probe_file_system(list, d->path, &e) &&
	    is_readable(list))
		return 1;
	if (e.code == ERROR_MACHINE)
		log_warn(STEM, "%s: %s", d->name, e.text);
	else
		log_info(STEM, "%s: USB-4: no file system of vfat, exfat, ext, iso9660, udf",
			 d->name);
	return 0;
}

static bool read_files(const struct media *m, struct media_scan *s, struct error *e)
{
	const struct media_files_limits limits = {
		m->file_max ? m->file_max : CONFIG_ARTIFACT_MAX, set_max(m)
	};
	struct writer to = writer_over(s->bytes, set_max(m));
	int root = open(mount_point(m), O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool good;

	if (root < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", mount_point(m));
	good = media_files_read(&s->files, &to, root, m->serial, &limits, e);
	close(root);
	return good;
}

static void tell(const struct probe_partition *p, const struct error *e)
{
	const char *name = p->path + 5;

	if (e->code == ERROR_LATER && strcmp(e->rule, "USB-9") == 0)
		log_debug(STEM, "%s (%s): %s", name, p->fs_type, e->text);
	else if (e->code == ERROR_LATER)
		log_info(STEM, "%s (%s): %s", name, p->fs_type, e->text);
	else
		log_warn(STEM, "%s (%s): %s%s%s", name, p->fs_type, e->rule,
			 e->rule[0] ? ": " : "", e->text);
}

static bool look_at(const struct media *m, struct media_scan *s, const struct probe_partition *p)
{
	struct error e;

	if (!mount_device(p->path, p->fs_type, mount_point(m), 0, &e)) {
		tell(p, &e);
		return false;
	}
	if (!read_files(m, s, &e)) {
		tell(p, &e);
		mount_detach(mount_point(m));
		return false;
	}
	snprintf(s->device, sizeof(s->device), "%s", p->path + 5);
	snprintf(s->file_system, sizeof(s->file_system), "%s", p->fs_type);
	if (s->files.has_actions)
		log_info(STEM, "%s: USB-17: %s/ztp_actions.cms is ignored", s->device,
			 s->files.directory);
	return true;
}

static void scan(const struct media *m, struct media_scan *s, const struct disk *d, unsigned from)
{
	struct probe_partition *list = calloc(CONFIG_PARTITIONS_MAX, sizeof(*list));
	size_t count = list ? list_file_systems(list, d) : 0;

	for (s->looked = from; s->looked < count && !s->found;)
		s->found = look_at(m, s, &list[s->looked++]);
	s->more = s->looked < count;
	free(list);
}

/* ---- the child's life -------------------------------------------------------------------- */

static size_t scan_size(const struct media *m)
{
	return sizeof(struct media_scan) + set_max(m);
}

static void forget(struct media *m)
{
	if (m->scan)
		munmap(m->scan, scan_size(m));
	m->scan = NULL;
}

static void ended(void *context, unsigned events)
{
	(void)events;
	*(bool *)context = true;
}

/* true: it ended by itself, and well. */
static bool attend(struct media *m, const struct disk *d, pid_t pid, int process)
{
	bool over = false;
	struct loop_fd fd = { .fd = process, .wants = LOOP_READ, .ready = ended, .context = &over };
	unsigned wait_ms = m->read_ms ? m->read_ms : CONFIG_MEDIA_READ_MS;
	struct error silence;
	int status = -1;

	log_debug(STEM, "%s: looking at it", d->name);
	loop_fd_add(m->loop, &fd);
	(void)!loop_run_until(m->loop, &over, loop_now_ms() + wait_ms, &silence);
	loop_fd_remove(m->loop, &fd);
	if (over) {
		waitpid(pid, &status, 0);
		if (status)
			log_warn(STEM, "%s: reading it ended with signal %d", d->name,
				 WTERMSIG(status));
		return status == 0;
	}
	/* One that hangs in the kernel cannot be waited for. */
	kill(pid, SIGKILL);
	log_warn(STEM, "%s: does not answer, given up after %u ms", d->name, wait_ms);
	m->stuck = pid;
	m->stuck_diskseq = d->diskseq;
	return false;
}

static void replay_log(const struct media_scan *s)
{
	size_t used = s->log_used < sizeof(s->log) ? s->log_used : 0;

	for (size_t at = 0; at < used;) {
		size_t n = strnlen(s->log + at, used - at);

		if (n > 1 && s->log[at] >= 'a')
			log_line((enum log_level)(s->log[at] - 'a'), STEM, "%.*s", (int)n - 1,
				 s->log + at + 1);
		at += n + 1;
	}
}

/* What a child says that read hostile file systems is believed only within bounds. */
static bool is_sound(const struct media *m, struct media_scan *s)
{
	const struct media_files *f = &s->files;
	size_t left = set_max(m);
	const size_t sizes[] = { f->conveyed_information, f->owner_certificate,
				 f->ownership_voucher };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] > left)
			return false;
		left -= sizes[i];
	}
	s->device[sizeof(s->device) - 1] = s->file_system[sizeof(s->file_system) - 1] = '\0';
	s->files.directory[sizeof(s->files.directory) - 1] = '\0';
	return f->conveyed_information > 0;
}

/* Let a child look at a device, from its file system number @from on. */
static bool scan_apart(struct media *m, const struct disk *d, unsigned from, struct error *e)
{
	int process = -1;
	pid_t pid;

	m->scan = mmap(NULL, scan_size(m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (m->scan == MAP_FAILED) {
		m->scan = NULL;
		return error_errno(e, ERROR_MACHINE, NULL, "no memory to read media");
	}
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		log_to(keep_line, m->scan);
		scan(m, m->scan, d, from);
		_exit(0);
	}
	if (pid > 0)
		process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0) {
		error_errno(e, ERROR_MACHINE, NULL, "cannot start a process to read media");
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		forget(m);
		return false;
	}
	bool good = attend(m, d, pid, process);

	close(process);
	replay_log(m->scan);
	m->scan->found = m->scan->found && good && is_sound(m, m->scan);
	m->scan->more = m->scan->more && m->scan->found;
	if (!m->scan->found)
		mount_detach(mount_point(m));
	return true;
}

/* ---- rounds ------------------------------------------------------------------------------- */

static void on_change(void *context)
{
	struct media *m = context;

	if (m->changed)
		m->changed(m->context);
}

bool media_start(struct media *m, struct error *e)
{
	m->scan = NULL;
	m->stuck = 0;
	m->tried_count = 0;
	if (!m->serial)
		m->serial = "";
	else if (!media_files_is_directory(m->serial))
		log_warn(STEM, "USB-9: serial %s can be no directory; those without serial count",
			 TEXT_QUOTED(bytes_of_text(m->serial)));
	if (!disk_watch_start(&m->watch, m->loop, e))
		return false;
	m->watch.changed = on_change;
	m->watch.context = m;
	return true;
}

void media_stop(struct media *m)
{
	media_release(m);
	disk_watch_stop(&m->watch);
}

void media_begin_round(struct media *m)
{
	m->tried_count = 0;
	if (m->stuck && waitpid(m->stuck, NULL, WNOHANG) != 0)
		m->stuck = 0;
}

void media_release(struct media *m)
{
	if (m->scan && m->scan->found)
		mount_detach(mount_point(m));
	forget(m);
}

/* This appearance of the device in this round. */
static struct media_tried *entry_of(struct media *m, const struct disk *d)
{
	struct media_tried *t = m->tried;

	for (; t < m->tried + m->tried_count; t++)
		if (t->diskseq == d->diskseq && strcmp(t->name, d->name) == 0)
			return t;
	if (m->tried_count == ARRAY_SIZE(m->tried))
		return NULL;
	*t = (struct media_tried){ .diskseq = d->diskseq,
				   .over = m->stuck && m->stuck_diskseq == d->diskseq };
	memcpy(t->name, d->name, sizeof(t->name));
	m->tried_count++;
	return t;
}

/* Look at the first device that was not looked at.  @done: there is none. */
static bool look_at_next(struct media *m, struct disk *list, bool *done, struct error *e)
{
	size_t count;

	if (!disk_list_removable(list, &count, sys_of(m), e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct media_tried *t = entry_of(m, &list[i]);

		if (!t || t->over)
			continue;
		if (!scan_apart(m, &list[i], t->looked, e))
			return false;
		t->looked = m->scan->looked;
		t->over = !m->scan->more;
		return true;
	}
	*done = true;
	return true;
}

bool media_next(struct media *m, struct media_find *find, struct error *e)
{
	struct disk *list = calloc(CONFIG_DISKS_MAX, sizeof(*list));
	bool done = false, good = list != NULL;

	media_release(m);
	if (!good)
		error_set(e, ERROR_MACHINE, NULL, "no memory for the list of media");
	while (good && !done) {
		forget(m);
		good = look_at_next(m, list, &done, e);
		if (m->scan && m->scan->found)
			break;
	}
	free(list);
	if (!good || done)
		return good ? error_set(e, ERROR_LATER, "USB-15",
					"no removable medium holds bootstrapping data for this device") :
			      false;

	const struct media_scan *s = m->scan;
	const struct media_files *f = &s->files;
	const uint8_t *certificate = s->bytes + f->conveyed_information;

	*find = (struct media_find){
		.device = s->device,
		.file_system = s->file_system,
		.directory = f->directory,
		.root = mount_point(m),
		.conveyed_information = bytes_of(s->bytes, f->conveyed_information),
		.owner_certificate = bytes_of(certificate, f->owner_certificate),
		.ownership_voucher =
			bytes_of(certificate + f->owner_certificate, f->ownership_voucher),
	};
	log_notice(STEM, "%s (%s): bootstrapping data in %s", s->device, s->file_system,
		   strcmp(f->directory, ".") == 0 ? "its root directory" : f->directory);
	return true;
}

/* ---- devices on their way ------------------------------------------------------------------ */

/* Is a disk behind the USB interface @name ("2-1:1.0")? */
static bool has_disk(const char *sys, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX], part[300];
	const struct dirent *entry;
	bool found = false;
	DIR *d;

	snprintf(part, sizeof(part), "/%s/", name);
	snprintf(path, sizeof(path), "%s/block", sys);
	d = opendir(path);
	while (d && !found && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/block/%s", sys, entry->d_name);
		ssize_t n = readlink(path, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		found = strstr(target, part) != NULL;
	}
	if (d)
		closedir(d);
	return found;
}

bool media_pending(const struct media *m)
{
	uint64_t now = loop_now_ms();
	char path[PATH_MAX], class[8];
	const struct dirent *entry;
	bool pending = false;
	DIR *d;

	if (now >= m->watch.changed_ms + CONFIG_MEDIA_SETTLE_MS)
		return false;
	snprintf(path, sizeof(path), "%s/bus/usb/devices", sys_of(m));
	d = opendir(path);
	while (d && !pending && (entry = readdir(d))) {
		const char *name = entry->d_name;

		snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/bInterfaceClass", sys_of(m),
			 name);
		if (strcmp(file_read_line(class, sizeof(class), path), "08") == 0)
			pending = !has_disk(sys_of(m), name);
		else if (strncmp(name, "usb", 3) == 0) /* a host controller */
			pending = now < m->watch.started_ms + CONFIG_MEDIA_ENUMERATE_MS;
	}
	if (d)
		closedir(d);
	return pending;
}
