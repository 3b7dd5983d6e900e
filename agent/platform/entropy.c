/* SPDX-License-Identifier: MIT */
#include "platform/entropy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 60 /* RND-2 */

static void woken(int signal)
{
	(void)signal;
}

/*
 * Wait for the kernel's first seed.  Only a blocking call makes the kernel gather entropy
 * by itself, so the deadline is an alarm that interrupts it.
 */
static bool wait_for_seed(struct error *e)
{
	struct sigaction on_alarm = { .sa_handler = woken }, before;
	struct itimerval limit = { .it_value.tv_sec = PATIENCE_S }, none = { 0 };
	uint8_t byte;

	sigaction(SIGALRM, &on_alarm, &before);
	setitimer(ITIMER_REAL, &limit, NULL);
	ssize_t n = getrandom(&byte, 1, 0);
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &before, NULL);
	if (n == 1)
		return true;
	return error_set(e, ERROR_MACHINE, "RND-2",
			 "the kernel has no random numbers after %d s", PATIENCE_S);
}

bool entropy_fill(void *to, size_t size, struct error *e)
{
	uint8_t *at = to;
	size_t done = 0;

	while (done < size) {
		ssize_t n = getrandom(at + done, size - done, GRND_NONBLOCK);

		if (n > 0)
			done += (size_t)n;
		else if (errno == EAGAIN && !wait_for_seed(e))
			return false;
		else if (errno != EAGAIN && errno != EINTR)
			return error_errno(e, ERROR_MACHINE, "RND-2", "getrandom");
	}
	return true;
}

bool entropy_stir(struct bytes bytes, struct error *e)
{
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(e, ERROR_MACHINE, "RND-2", "/dev/urandom");
	ssize_t n = write(fd, bytes.at, bytes.size);
	close(fd);
	if (n != (ssize_t)bytes.size)
		return error_errno(e, ERROR_MACHINE, "RND-2", "/dev/urandom");
	return true;
}
