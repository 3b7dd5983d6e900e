/* SPDX-License-Identifier: MIT */
#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#define LINKS_MAX 40 /* symbolic links followed for one path; the kernel's own number */

bool file_read_fd(void *to, size_t size, size_t *used, int fd, const char *name,
		  struct error *e)
{
	uint8_t *at = to, more;
	struct stat st;
	size_t n = 0;

	if (fstat(fd, &st) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", name);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERROR_REFUSED, NULL, "%s is not a regular file", name);
	for (;;) {
		/* One byte more than fits tells whether the file is larger. */
		ssize_t got = n < size ? pread(fd, at + n, size - n, (off_t)n)
				       : pread(fd, &more, 1, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(e, ERROR_MACHINE, NULL, "%s", name);
		if (got == 0)
			break;
		if (n == size)
			return error_set(e, ERROR_REFUSED, NULL,
					 "%s is larger than %zu bytes", name, size);
		n += (size_t)got;
	}
	*used = n;
	return true;
}

bool file_read(void *to, size_t size, size_t *used, const char *path, unsigned flags,
	       struct error *e)
{
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
				    (flags & FILE_NOFOLLOW ? O_NOFOLLOW : 0));

	if (fd < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", path);
	bool good = file_read_fd(to, size, used, fd, path, e);

	close(fd);
	return good;
}

const char *file_read_line(char *to, size_t size, const char *path)
{
	size_t used, start = 0;
	struct error e;

	if (!file_read(to, size - 1, &used, path, 0, &e))
		used = 0;
	for (size_t i = 0; i < used; i++)
		if (to[i] == '\n' || to[i] == '\0')
			used = i;
	while (used && to[used - 1] == ' ')
		used--;
	while (start < used && to[start] == ' ')
		start++;
	memmove(to, to + start, used - start);
	to[used - start] = '\0';
	return to;
}

uint64_t file_read_number(const char *path, uint64_t otherwise)
{
	char line[32];
	uint64_t value;

	if (!text_number(&value, bytes_of_text(file_read_line(line, sizeof(line), path)),
			 UINT64_MAX))
		return otherwise;
	return value;
}

/* ---- inside a root ------------------------------------------------------------------ */

/* The rest of a path, to be walked; symbolic links are put in front of it. */
struct walk {
	char rest[PATH_MAX];
	unsigned links;
};

/* Take the next component off @w->rest.  false: there is none. */
static bool next_component(struct walk *w, char name[static NAME_MAX + 1], bool *last)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(from, "/");
	const char *after = from + n;

	if (n == 0 || n > NAME_MAX) {
		errno = n ? ENAMETOOLONG : ENOENT;
		return false;
	}
	memcpy(name, from, n);
	name[n] = '\0';
	*last = after[strspn(after, "/")] == '\0';
	memmove(w->rest, after, strlen(after) + 1);
	return true;
}

/* Put the target of the link @name before the rest.  true: it is absolute. */
static int follow(struct walk *w, int directory, const char *name)
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n = readlinkat(directory, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);
	if (strlen(joined) >= sizeof(w->rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w->rest, joined, strlen(joined) + 1);
	return target[0] == '/';
}

/* Directories from the root down to where we are: ".." goes back along it. */
struct trail {
	int fds[64];
	unsigned depth;
};

static void trail_back(struct trail *t, unsigned depth)
{
	while (t->depth > depth)
		close(t->fds[--t->depth]);
}

/* @beneath: no symbolic link is followed, and ".." is refused. */
static int walk(int root, const char *path, int flags, mode_t mode, bool beneath)
{
	char name[NAME_MAX + 1];
	struct trail t = { .depth = 0 };
	struct walk w = { .links = 0 };
	int result = -1;
	bool last = false;

	if (strlen(path) >= sizeof(w.rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w.rest, path, strlen(path) + 1);
	if (w.rest[strspn(w.rest, "/")] == '\0')
		return openat(root, ".", flags | O_CLOEXEC, mode);
	while (!last && next_component(&w, name, &last)) {
		int here = t.depth ? t.fds[t.depth - 1] : root;
		struct stat st;

		if (beneath && strcmp(name, "..") == 0) {
			errno = EXDEV;
			break;
		}
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			if (name[1])
				trail_back(&t, t.depth ? t.depth - 1 : 0);
			here = t.depth ? t.fds[t.depth - 1] : root;
			if (last)
				result = openat(here, ".", flags | O_CLOEXEC, mode);
			continue;
		}
		bool there = fstatat(here, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

		if (!there && !(last && (flags & O_CREAT)))
			break;
		if (there && S_ISLNK(st.st_mode) && beneath) {
			errno = ELOOP;
			break;
		}
		if (there && S_ISLNK(st.st_mode) && !(last && (flags & O_NOFOLLOW))) {
			int absolute = follow(&w, here, name);

			if (absolute < 0)
				break;
			if (absolute)
				trail_back(&t, 0);
			last = false;
			continue;
		}
		if (last) {
			result = openat(here, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
			break;
		}
		if (t.depth == ARRAY_SIZE(t.fds)) {
			errno = ENAMETOOLONG;
			break;
		}
		int fd = openat(here, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0)
			break;
		t.fds[t.depth++] = fd;
	}
	int number = errno;

	trail_back(&t, 0);
	errno = number;
	return result;
}

int file_walk_in(int root, const char *path, int flags, mode_t mode)
{
	return walk(root, path, flags, mode, false);
}

int file_walk_beneath(int root, const char *path, int flags, mode_t mode)
{
	return walk(root, path, flags, mode, true);
}

static int open_how(int root, const char *path, int flags, mode_t mode, bool beneath)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_NO_MAGICLINKS |
			   (beneath ? RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV :
				      RESOLVE_IN_ROOT),
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	/* EPERM: a container's filter from before openat2. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk(root, path, flags, mode, beneath);
	return fd;
}

int file_open_in(int root, const char *path, int flags, mode_t mode)
{
	return open_how(root, path, flags, mode, false);
}

int file_open_beneath(int root, const char *path, int flags)
{
	return open_how(root, path, flags, 0, true);
}

bool file_read_in(void *to, size_t size, size_t *used, int root, const char *path,
		  struct error *e)
{
	struct text_quoted name = text_quoted(bytes_of_text(path)); /* from a foreign disk */
	int fd = file_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", name.text);
	bool good = file_read_fd(to, size, used, fd, name.text, e);

	close(fd);
	return good;
}

/* ---- writing ------------------------------------------------------------------------ */

static bool write_all(int fd, struct bytes contents)
{
	while (contents.size) {
		ssize_t n = write(fd, contents.at, contents.size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		contents = bytes_of(contents.at + n, contents.size - (size_t)n);
	}
	return true;
}

/* The file @name in the open directory. */
static bool write_beside(int directory, const char *name, struct bytes contents, mode_t mode)
{
	char temporary[NAME_MAX + 16];
	bool good;
	int fd;

	snprintf(temporary, sizeof(temporary), ".%s.new", name);
	if (unlinkat(directory, temporary, 0) < 0 && errno != ENOENT)
		return false;
	fd = openat(directory, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return false;
	good = fchmod(fd, mode) == 0 && write_all(fd, contents) && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	good = good && renameat(directory, temporary, directory, name) == 0;
	if (!good) {
		int number = errno;

		unlinkat(directory, temporary, 0);
		errno = number;
		return false;
	}
	return fsync(directory) == 0;
}

/* Split @path at its last slash; @to_directory is "." when it has none. */
static bool split(char *to_directory, size_t size, const char **name, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if ((*name)[0] == '\0' || strlen(*name) > NAME_MAX || n >= size) {
		errno = EINVAL;
		return false;
	}
	snprintf(to_directory, size, "%.*s%s", (int)n, path,
		 !slash	  ? "."
		 : n == 0 ? "/"
			  : "");
	return true;
}

static bool write_under(int root, const char *path, struct bytes contents, mode_t mode,
			struct error *e)
{
	char directory[PATH_MAX];
	const char *name;
	bool good = false;
	int fd = -1;

	if (split(directory, sizeof(directory), &name, path))
		fd = root == AT_FDCWD
			     ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			     : file_open_in(root, directory, O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0) {
		good = write_beside(fd, name, contents, mode);
		int number = errno;

		close(fd);
		errno = number;
	}
	return good || error_errno(e, ERROR_MACHINE, NULL, "cannot write %s", path);
}

bool file_write(const char *path, struct bytes contents, mode_t mode, struct error *e)
{
	return write_under(AT_FDCWD, path, contents, mode, e);
}

bool file_write_in(int root, const char *path, struct bytes contents, mode_t mode,
		   struct error *e)
{
	return write_under(root, path, contents, mode, e);
}

bool file_make_directories_in(int root, const char *path, mode_t mode, struct error *e)
{
	char prefix[PATH_MAX];
	size_t size = strlen(path);

	if (size >= sizeof(prefix))
		return error_set(e, ERROR_MACHINE, NULL, "path is too long");
	memcpy(prefix, path, size + 1);
	for (size_t end = 1; end <= size; end++) {
		char name[NAME_MAX + 1], above[PATH_MAX];
		const char *last;
		bool good = false;
		int fd;

		if (path[end] != '/' && path[end] != '\0')
			continue;
		prefix[end] = '\0';
		if (prefix[end - 1] != '/' && split(above, sizeof(above), &last, prefix)) {
			snprintf(name, sizeof(name), "%s", last);
			fd = root == AT_FDCWD
				     ? open(above, O_PATH | O_DIRECTORY | O_CLOEXEC)
				     : file_open_in(root, above, O_PATH | O_DIRECTORY, 0);
			good = fd >= 0 && (mkdirat(fd, name, mode) == 0 || errno == EEXIST);
			int number = errno;

			if (fd >= 0)
				close(fd);
			errno = number;
		} else if (prefix[end - 1] == '/') {
			good = true;
		}
		if (!good)
			return error_errno(e, ERROR_MACHINE, NULL, "cannot make %s", prefix);
		prefix[end] = path[end];
	}
	return true;
}

bool file_make_directories(const char *path, mode_t mode, struct error *e)
{
	return file_make_directories_in(AT_FDCWD, path, mode, e);
}
