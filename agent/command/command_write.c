/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/writer.h"
#include "download.h"
#include "image/image.h"
#include "platform/disk.h"
#include "platform/loop.h"

/*
 * The image writer alone: a file or a URL onto a disk or into a file.  The person who
 * types the command has chosen the target, so the disk policy has no say; that it is in
 * use, or not a whole disk, is still a refusal.
 */

#define PIECE (256 * 1024) /* bytes read from a source file at a time */

struct request {
	const char *source, *target;
	enum decode_format format;
	bool has_sha256;
	uint8_t sha256[32];
};

/* ---- progress ------------------------------------------------------------------------ */

struct meter {
	bool terminal;
	struct timespec last;
};

static void show(void *context, const struct image_progress *p)
{
	struct meter *progress = context;
	bool writing = strcmp(p->stage, "write") == 0;
	uint64_t done = writing ? p->bytes_in : p->bytes_out;
	uint64_t all = writing ? p->bytes_in_expected : p->bytes_out_expected;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!progress->terminal || (now.tv_sec == progress->last.tv_sec &&
				    now.tv_nsec - progress->last.tv_nsec < 100000000))
		return;
	progress->last = now;
	fprintf(stderr, "\r%s: %llu MiB", p->stage, (unsigned long long)(p->bytes_out >> 20));
	if (all)
		fprintf(stderr, ", %3u %%", (unsigned)(done * 100 / all));
	fputs("\033[K", stderr);
}

static void show_end(const struct meter *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
}

/* ---- sources --------------------------------------------------------------------------- */

static bool push_file(struct image_install *install, int fd, const char *name,
		      struct error *e)
{
	uint8_t *piece = malloc(PIECE);
	bool good = piece != NULL;

	if (!piece)
		return error_set(e, ERROR_MACHINE, NULL, "no memory");
	while (good) {
		ssize_t n = read(fd, piece, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			good = error_errno(e, ERROR_MACHINE, NULL, "%s", name);
		if (n <= 0)
			break;
		good = image_install_push(install, bytes_of(piece, (size_t)n), e);
	}
	free(piece);
	return good;
}

static bool push(void *context, struct bytes piece, struct error *e)
{
	return image_install_push(context, piece, e);
}

/* ---- targets --------------------------------------------------------------------------- */

struct target {
	int fd; /* -1 before */
	const char *path;
	bool made; /* the file was not there before */
	bool is_disk;
	struct disk disk;
};

/* @source: the file that is read, so that nobody overwrites it with itself; or -1. */
static bool target_open(struct target *t, int source, struct error *e)
{
	struct stat from, to;

	if (stat(t->path, &to) == 0 && !S_ISREG(to.st_mode)) {
		t->is_disk = disk_find(&t->disk, t->path, e) &&
			     disk_open(&t->fd, &t->disk, true, e);
		return t->is_disk;
	}
	t->fd = open(t->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	t->made = t->fd >= 0;
	if (t->fd < 0 && errno == EEXIST)
		t->fd = open(t->path, O_RDWR | O_CLOEXEC);
	if (t->fd < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", t->path);
	if (source >= 0 && fstat(source, &from) == 0 && fstat(t->fd, &to) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino)
		return error_set(e, ERROR_USAGE, NULL, "%s is source and target", t->path);
	return true;
}

/*
 * Let the kernel see the new partitions, or that there are none.  Nothing is left behind of a
 * file that was not there before.
 */
static void target_close(struct target *t, bool good)
{
	struct loop loop;
	struct error e;

	loop_start(&loop);
	if (t->is_disk && !disk_rescan(t->fd, &t->disk, &loop, &e) && good)
		fprintf(stderr, "sztpboot: written, but %s\n", e.text);
	if (t->fd >= 0)
		close(t->fd);
	if (t->made && !good)
		unlink(t->path);
}

/* ---- the run --------------------------------------------------------------------------- */

struct run {
	const struct request *request;
	struct image_install install;
	struct image_report report;
	struct meter progress;
};

static bool begin(struct run *run, int fd, uint64_t bytes_in, struct error *e)
{
	const struct image_options options = {
		.fd = fd,
		.name = run->request->target,
		.sha256 = run->request->has_sha256 ? run->request->sha256 : NULL,
		.bytes_in_expected = bytes_in,
		.format = run->request->format,
		.progress = show,
		.context = &run->progress,
	};

	return image_install_begin(&run->install, &options, e);
}

static bool write_from_file(struct run *run, struct error *e)
{
	const char *source = run->request->source;
	bool standard = strcmp(source, "-") == 0;
	int from = standard ? STDIN_FILENO : open(source, O_RDONLY | O_CLOEXEC);
	struct target to = { .fd = -1, .path = run->request->target };
	struct stat st;
	bool good;

	if (from < 0 || fstat(from, &st) < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", source);
	good = target_open(&to, from, e) &&
	       begin(run, to.fd, S_ISREG(st.st_mode) && !standard ? (uint64_t)st.st_size : 0,
		     e) &&
	       push_file(&run->install, from, source, e) &&
	       image_install_finish(&run->install, &run->report, e);
	image_install_abort(&run->install);
	target_close(&to, good);
	if (!standard)
		close(from);
	return good;
}

static bool write_from_url(struct run *run, struct error *e)
{
	static struct download download;
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	const struct bootstrap_source source = {
		.resolver = { .servers = dns,
			      .server_count = download_local_names(dns, ARRAY_SIZE(dns)) },
	};
	struct target to = { .fd = -1, .path = run->request->target };
	struct loop loop;
	bool good;

	loop_start(&loop);
	good = download_open(&download, &loop, bytes_of_text(run->request->source), &source, e) &&
	       target_open(&to, -1, e) && begin(run, to.fd, download_size(&download), e) &&
	       download_take(&download, push, &run->install, e) &&
	       image_install_finish(&run->install, &run->report, e);
	image_install_abort(&run->install);
	download_close(&download);
	target_close(&to, good);
	return good;
}

static void print_report(const struct image_report *r)
{
	char text[1024];
	struct writer w = writer_over(text, sizeof(text) - 1);

	writer_printf(&w,
		      "{\"bytes-in\":%llu,\"bytes-out\":%llu,\"bytes-zero\":%llu,"
		      "\"format\":\"%s\",\"sha256\":\"%s\",\"read-back\":\"%s\","
		      "\"partition-table\":\"%s\",",
		      (unsigned long long)r->bytes_in, (unsigned long long)r->bytes_out,
		      (unsigned long long)r->bytes_zero, decode_format_name(r->format),
		      r->sha256, r->read_back ? "equal" : "not done",
		      !r->gpt	     ? "none"
		      : r->gpt_moved ? "gpt, backup moved"
				     : "gpt");
	writer_printf(
		&w,
		"\"seconds\":{\"hash\":%.3f,\"decode\":%.3f,\"write\":%.3f,\"flush\":%.3f,"
		"\"read-back\":%.3f,\"commit\":%.3f,\"total\":%.3f}}",
		r->hash_s, r->decode_s, r->write_s, r->flush_s, r->readback_s, r->commit_s,
		r->total_s);
	text[w.used] = '\0';
	puts(text);
}

int command_write_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "source", required_argument, NULL, 's' },
		{ "sha256", required_argument, NULL, 'h' },
		{ "format", required_argument, NULL, 'f' },
		{ "target", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	static struct run run;
	struct request request = { .format = DECODE_FORMAT_AUTO };
	struct error e = { 0 };
	bool good;
	int option;

	optind = 0; /* also for a second run in one process */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			request.source = optarg;
			break;
		case 't':
			request.target = optarg;
			break;
		case 'h':
			if (!text_unhex(request.sha256, 32, bytes_of_text(optarg)))
				return command_usage("write", "--sha256 takes 64 hex digits");
			request.has_sha256 = true;
			break;
		case 'f':
			if (!decode_format_read(&request.format, optarg))
				return command_usage("write",
						     "--format is raw, zst, gz or auto");
			break;
		default:
			return command_usage("write", "unknown option");
		}
	}
	if (!request.source || !request.target || optind < argc)
		return command_usage("write",
				     "--source and --target are needed, nothing else");

	if (strncmp(request.source, "file:///", 8) == 0)
		request.source += 7;
	run.request = &request;
	run.progress.terminal = isatty(STDERR_FILENO);
	if (strstr(request.source, "://")) {
		if (!request.has_sha256)
			return command_usage(
				"write",
				"a URL needs --sha256: nothing else proves the image");
		good = write_from_url(&run, &e);
	} else {
		good = write_from_file(&run, &e);
	}
	show_end(&run.progress);
	if (!good)
		return command_fail(&e);
	print_report(&run.report);
	return 0;
}
