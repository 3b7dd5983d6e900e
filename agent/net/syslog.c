/* SPDX-License-Identifier: MIT */
#include "net/syslog.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/date.h"
#include "net/dial.h"

#define FACILITY 16 /* local0 (LOG-2) */
#define PORT	 514
#define NAME_MAX_SIZE 64 /* RFC 5424 §6 takes 255 for a host, 32 for a message's name */
#define VALUE_MAX_SIZE 80

/* ---- one message -------------------------------------------------------------------------- */

/* Printable ASCII without blanks, or "-". */
static void write_name(struct writer *w, const char *text, size_t max)
{
	if (!text || !*text)
		writer_u8(w, '-');
	for (size_t i = 0; text && text[i] && i < max; i++)
		writer_u8(w, text[i] > ' ' && text[i] <= '~' ? (uint8_t)text[i] : '_');
}

/* At most @max bytes of @text, cut between characters; control characters (C0, DEL, C1) and
 * what is no UTF-8 become '?', and a '\' stands before each of @escaped. */
static void write_clean(struct writer *w, const char *text, const char *escaped, size_t max)
{
	struct bytes rest = bytes_of_text(text);
	size_t end = max < w->size - w->used ? w->used + max : w->size;

	while (rest.size) {
		size_t n = text_utf8_length(rest);
		uint8_t c = rest.at[0];
		bool is_bad = n == 0 || c < ' ' || c == 0x7f || (c == 0xc2 && rest.at[1] < 0xa0);
		bool is_escaped = strchr(escaped, c) != NULL;

		if (w->used + is_escaped + (is_bad ? 1 : n) > end)
			return;
		if (is_escaped)
			writer_u8(w, '\\');
		if (is_bad)
			writer_u8(w, '?');
		else
			writer_bytes(w, bytes_of(rest.at, n));
		n += n == 0;
		rest = bytes_of(rest.at + n, rest.size - n);
	}
}

/* The first requirement's number in a text, "dhcp4: OV-10: voucher is for ...". */
static size_t find_rule(const char **at, const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	static const char *const digits = letters + 26;

	for (const char *word = text; *word; word += word[0] == ' ') {
		size_t n = strspn(word, letters);
		const char *dash = memchr(word, '-', n);

		*at = word;
		if (word[n] == ':' &&
		    (dash ? dash > word && n > (size_t)(dash - word) + 1 &&
				    strspn(dash + 1, digits) == n - (size_t)(dash - word) - 1
			  : n > 6 && memcmp(word, "STORE_", 6) == 0))
			return n;
		word += strcspn(word, " ");
	}
	return 0;
}

static void write_parameters(struct writer *w, const struct syslog_message *m)
{
	const struct {
		const char *name, *value;
	} all[] = { { "source", m->source }, { "server", m->server }, { "step", m->step } };
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i].value || !*all[i].value)
			continue;
		/* 32473 is the number of documentation (RFC 5612): this project has none. */
		writer_printf(w, "%s %s=\"", any ? "" : "[sztp@32473", all[i].name);
		write_clean(w, all[i].value, "\"\\]", VALUE_MAX_SIZE);
		writer_u8(w, '"');
		any = true;
	}
	writer_text(w, any ? "]" : "-");
}

static void write_5424(struct writer *w, const struct syslog_message *m)
{
	const char *rule;
	char name[NAME_MAX_SIZE / 2 + 1] = "";
	size_t n = m->event ? 0 : find_rule(&rule, m->text);

	if (n)
		snprintf(name, sizeof(name), "%.*s", (int)n, rule);
	writer_printf(w, "1 %s ", m->time_s ? DATE_TEXT(m->time_s) : "-");
	write_name(w, m->serial, NAME_MAX_SIZE);
	writer_printf(w, " sztp %u ", m->process);
	write_name(w, m->event ? m->event : name, NAME_MAX_SIZE / 2);
	writer_u8(w, ' ');
	write_parameters(w, m);
	writer_u8(w, ' ');
	for (const char *c = m->text; *c; c++)
		if (*c & 0x80) { /* this is UTF-8 (RFC 5424 §6.4) */
			writer_text(w, "\xef\xbb\xbf");
			break;
		}
}

/* Without the right time there is no header at all: the receiver then puts its own time and
 * the sender's address (RFC 3164 §4.3.3). */
static void write_3164(struct writer *w, const struct syslog_message *m)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const struct date_string date = date_string(m->time_s);
	const char *t = date.text;

	if (m->time_s) {
		writer_printf(w, "%.3s %c%c %.8s ",
			      months + 3 * ((t[5] - '0') * 10 + t[6] - '0' - 1),
			      t[8] == '0' ? ' ' : t[8], t[9], t + 11);
		write_name(w, m->serial, NAME_MAX_SIZE);
		writer_u8(w, ' ');
	}
	writer_printf(w, "sztp[%u]: ", m->process);
}

size_t syslog_write(uint8_t to[static CONFIG_SYSLOG_MESSAGE_MAX], enum syslog_format format,
		    const struct syslog_message *m)
{
	static const uint8_t severities[] = {
		[LOG_LEVEL_ERROR] = 3, [LOG_LEVEL_WARN] = 4,  [LOG_LEVEL_NOTICE] = 5,
		[LOG_LEVEL_INFO] = 6,  [LOG_LEVEL_DEBUG] = 7,
	};
	struct writer w = writer_over(to, CONFIG_SYSLOG_MESSAGE_MAX);

	writer_printf(&w, "<%u>", FACILITY * 8 + severities[m->level]);
	if (format == SYSLOG_RFC5424)
		write_5424(&w, m);
	else
		write_3164(&w, m);
	write_clean(&w, m->text, "", CONFIG_SYSLOG_MESSAGE_MAX);
	return w.used;
}

/* ---- servers ------------------------------------------------------------------------------- */

static void close_socket(struct syslog_server *v)
{
	if (v->is_waiting)
		loop_fd_remove(v->syslog->loop, &v->socket);
	if (v->is_open)
		close(v->socket.fd);
	v->is_waiting = v->is_open = false;
}

static bool send_message(struct syslog_server *v, const struct syslog_message *m)
{
	struct sockaddr_in6 to;
	uint8_t datagram[CONFIG_SYSLOG_MESSAGE_MAX];
	struct syslog *s = v->syslog;
	size_t to_size = address_to_socket(&v->address, s->port ? s->port : PORT, &to);
	size_t size = syslog_write(datagram, s->format, m);

	if (!v->is_open) {
		v->socket.fd = socket(v->address.family == ADDRESS_IPV6 ? AF_INET6 : AF_INET,
				      SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (v->socket.fd < 0)
			return false;
		v->is_open = true;
		if (!dial_bind(v->socket.fd, v->link)) {
			close_socket(v);
			return false;
		}
	}
	return sendto(v->socket.fd, datagram, size, MSG_NOSIGNAL, (void *)&to,
		      (socklen_t)to_size) >= 0;
}

static bool send_entry(struct syslog_server *v, const struct syslog_entry *entry)
{
	return send_message(v, &(struct syslog_message){
				       .level = entry->level,
				       .event = entry->event,
				       .text = entry->text,
				       .time_s = entry->time_s,
				       .process = (unsigned)getpid(),
				       .serial = v->syslog->serial,
				       .source = entry->source,
				       .server = entry->server,
				       .step = entry->step,
			       });
}

/* The lines that it lacks and that are no longer kept: how many they were. */
static bool send_dropped(struct syslog_server *v, uint64_t oldest)
{
	struct syslog_entry gap = { .level = LOG_LEVEL_WARN };

	snprintf(gap.text, sizeof(gap.text), "syslog: %llu messages before this one were dropped",
		 (unsigned long long)(oldest - v->next));
	return send_entry(v, &gap);
}

static void on_room(void *context, unsigned events);

static void on_failure(struct syslog_server *v)
{
	struct syslog *s = v->syslog;

	if (errno == EAGAIN) {
		v->socket.wants = LOOP_WRITE;
		v->socket.ready = on_room;
		v->socket.context = v;
		loop_fd_add(s->loop, &v->socket);
		v->is_waiting = true;
		return;
	}
	if (!v->failure_told)
		log_debug("syslog", "%s: %s", ADDRESS_TEXT(&v->address), strerror(errno));
	v->failure_told = true;
	loop_timer_set(s->loop, &s->retry, loop_now_ms() + CONFIG_SYSLOG_RETRY_MS);
}

/* Is there the same server at a lower place?  Then that one gets the lines. */
static bool is_second(struct syslog_server *v)
{
	for (struct syslog_server *w = v->syslog->servers; w < v; w++) {
		if (!w->used || !address_equal(&w->address, &v->address))
			continue;
		v->next = w->next;
		return true;
	}
	return false;
}

static void serve(struct syslog_server *v)
{
	struct syslog *s = v->syslog;
	uint64_t oldest = s->count < CONFIG_SYSLOG_ENTRIES ? 0 : s->count - CONFIG_SYSLOG_ENTRIES;

	if (v->is_waiting || is_second(v))
		return;
	while (v->next < s->count) {
		bool is_gap = v->next < oldest;

		if (is_gap ? !send_dropped(v, oldest)
			   : !send_entry(v, &s->entries[v->next % CONFIG_SYSLOG_ENTRIES])) {
			on_failure(v);
			return;
		}
		v->next = is_gap ? oldest : v->next + 1;
	}
}

static void serve_all(void *context)
{
	struct syslog *s = context;

	s->is_sending = true;
	for (size_t i = 0; i < ARRAY_SIZE(s->servers); i++)
		if (s->servers[i].used)
			serve(&s->servers[i]);
	s->is_sending = false;
}

static void on_room(void *context, unsigned events)
{
	struct syslog_server *v = context;

	(void)events;
	loop_fd_remove(v->syslog->loop, &v->socket);
	v->is_waiting = false;
	serve_all(v->syslog);
}

void syslog_start(struct syslog *s, struct loop *loop)
{
	s->loop = loop;
	s->retry.expired = serve_all;
	s->retry.context = s;
}

void syslog_put(struct syslog *s, const struct log_entry *entry, int64_t time_s)
{
	if (s->is_sending || (!entry->event && entry->level > s->up_to))
		return;
	struct syslog_entry *to = &s->entries[s->count++ % CONFIG_SYSLOG_ENTRIES];

	*to = (struct syslog_entry){ .level = entry->level,
				     .event = entry->event,
				     .time_s = time_s,
				     .step = s->step };
	memcpy(to->source, s->source, sizeof(to->source));
	memcpy(to->server, s->server, sizeof(to->server));
	snprintf(to->text, sizeof(to->text), "%s: %s", entry->stem, entry->line);
	serve_all(s);
}

static bool is_named(const struct syslog_server *v, const struct address *list, size_t count)
{
	while (count && !address_equal(&v->address, &list[count - 1]))
		count--;
	return count > 0;
}

/* The place for a server: its own of before, a fresh one, one that nobody needs; or NULL. */
static struct syslog_server *place_for(struct syslog *s, const struct address *a)
{
	struct syslog_server *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(s->servers); i++) {
		struct syslog_server *v = &s->servers[i];

		if (v->used)
			continue;
		if (address_equal(&v->address, a))
			return v;
		if (!best || (best->syslog && !v->syslog))
			best = v;
	}
	return best;
}

static void add(struct syslog *s, const char *link, const struct address *a)
{
	struct syslog_server *v = place_for(s, a);
	uint64_t next = v && address_equal(&v->address, a) ? v->next : 0;

	for (size_t i = 0; i < ARRAY_SIZE(s->servers); i++) {
		const struct syslog_server *same = &s->servers[i];

		if (!same->used || !address_equal(&same->address, a))
			continue;
		if (strcmp(same->link, link) == 0)
			return;
		next = same->next;
	}
	if (!v)
		return; /* LOG-6: nothing depends on it */
	v->next = next;
	v->address = *a;
	v->syslog = s;
	v->used = true;
	v->failure_told = false;
	snprintf(v->link, sizeof(v->link), "%s", link);
}

void syslog_servers(struct syslog *s, const char *link, const struct address *list,
		    size_t count)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->servers); i++) {
		struct syslog_server *v = &s->servers[i];

		if (!v->used || strcmp(v->link, link) != 0 || is_named(v, list, count))
			continue;
		close_socket(v);
		v->used = false;
	}
	for (size_t i = 0; i < count; i++)
		add(s, link, &list[i]);
	serve_all(s);
}

void syslog_stop(struct syslog *s)
{
	for (size_t i = 0; s->loop && i < ARRAY_SIZE(s->servers); i++) {
		if (s->servers[i].used)
			close_socket(&s->servers[i]);
		s->servers[i].used = false;
	}
	if (s->loop)
		loop_timer_cancel(s->loop, &s->retry);
}
