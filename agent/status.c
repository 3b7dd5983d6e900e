/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <stdio.h>

#include "platform/console.h"
#include "platform/file.h"

static void write_text(struct writer *w, const char *name, const char *text)
{
	writer_printf(w, "\"%s\":", name);
	if (text && *text)
		writer_json_string(w, bytes_of_text(text));
	else
		writer_text(w, "null");
}

static void write_addresses(struct writer *w, const char *name, const struct address *list,
			    size_t count)
{
	writer_printf(w, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		writer_printf(w, "%s\"%s\"", i ? "," : "", ADDRESS_TEXT(&list[i]));
	writer_text(w, "]");
}

static void write_progress(struct writer *w)
{
	uint64_t done, total;

	if (!console_progress_now(&done, &total)) {
		writer_text(w, "null");
		return;
	}
	writer_printf(w, "{\"bytes\":%llu,\"of\":%llu,\"percent\":", (unsigned long long)done,
		      (unsigned long long)total);
	if (total)
		writer_printf(w, "%u}", done >= total ? 100 : (unsigned)((double)done * 100 /
									  (double)total));
	else
		writer_text(w, "null}");
}

static void write_error(struct writer *w, const struct error *e)
{
	write_text(w, "rule", e->rule);
	writer_text(w, ",");
	write_text(w, "text", e->text);
}

static void write_sources(const struct status *s, struct writer *w)
{
	for (size_t i = 0; i < s->source_count; i++) {
		const struct status_source *source = &s->sources[i];

		writer_text(w, i ? ",\n  {" : "\n  {");
		write_text(w, "source", source->name);
		writer_printf(w, ",\"succeeded\":%s,", source->succeeded ? "true" : "false");
		write_error(w, &source->error);
		writer_printf(w, ",\"at\":%llu}", (unsigned long long)source->at_ms / 1000);
	}
}

static void write_leases(const struct discovery *d, struct writer *w)
{
	const struct discovery_network *n = NULL;
	bool any = false;

	while (d && (n = discovery_next(d, n))) {
		char own[ADDRESS_TEXT_SIZE + 8] = "";

		if (n->own.family != ADDRESS_NONE)
			snprintf(own, sizeof(own), "%s/%u", ADDRESS_TEXT(&n->own), n->prefix);
		writer_text(w, any ? ",\n  {" : "\n  {");
		write_text(w, "interface", n->link);
		writer_printf(w, ",\"kind\":\"%s\",", discovery_kind_name(n->kind));
		write_text(w, "address", own);
		write_addresses(w, "dns", n->dns, n->dns_count);
		write_addresses(w, "syslog", n->syslog, n->syslog_count);
		writer_printf(w, ",\"redirect-option\":%s}", n->has_redirect ? "true" : "false");
		any = true;
	}
}

static void write_proxies(const struct proxies *p, struct writer *w)
{
	struct proxies_view view;
	size_t at = 0;
	bool any = false;

	while (p && proxies_next(p, &at, &view)) {
		writer_text(w, any ? ",\n  {" : "\n  {");
		write_text(w, "interface", view.link);
		writer_printf(w, ",\"proxy\":\"%s\",\"static\":%s,\"state\":\"%s\",\"active\":%s}",
			      address_port_text(&view.address, view.port).text,
			      view.fixed ? "true" : "false", view.state,
			      view.active ? "true" : "false");
		any = true;
	}
}

void status_write(const struct status *s, struct writer *w)
{
	static const char *const states[] = {
		[STATUS_RUNNING] = "running",
		[STATUS_WAITING] = "waiting",
		[STATUS_DONE] = "done",
		[STATUS_FAILED] = "failed",
	};

	writer_printf(w, "{\"agent\":\"sztpboot " CONFIG_VERSION "\",\n\"state\":\"%s\",\n",
		      states[s->state]);
	write_text(w, "serial-number", s->serial);
	writer_text(w, ",\n");
	write_text(w, "profile", s->profile);
	writer_printf(w,
		      ",\n\"round\":%u,\n\"stage\":\"%s\",\n\"stage-entered\":%llu,\n\"progress\":",
		      s->round, stage_name(s->stages->now),
		      (unsigned long long)s->stages->entered_ms / 1000);
	write_progress(w);
	writer_text(w, ",\n");
	write_text(w, "source", s->source);
	writer_text(w, ",\n");
	write_text(w, "server", s->server);
	writer_text(w, ",\n\"sources\":[");
	write_sources(s, w);
	writer_text(w, "],\n\"leases\":[");
	write_leases(s->discovery, w);
	writer_text(w, "],\n\"proxies\":[");
	write_proxies(s->proxies, w);
	writer_text(w, "],\n\"stages\":");
	stage_write(s->stages, w);
	writer_text(w, ",\n\"last-error\":");
	if (s->last.code == ERROR_NONE) {
		writer_text(w, "null");
	} else {
		writer_text(w, "{");
		write_error(w, &s->last);
		writer_text(w, "}");
	}
	writer_text(w, "}\n");
}

/* FNV-1a: enough to see whether anything has changed. */
static uint64_t digest_of(struct bytes b)
{
	uint64_t digest = 0xcbf29ce484222325;

	for (size_t i = 0; i < b.size; i++)
		digest = (digest ^ b.at[i]) * 0x100000001b3;
	return digest;
}

static void write_file(struct status *s)
{
	static uint8_t room[CONFIG_STATUS_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct error e;

	status_write(s, &w);
	uint64_t digest = digest_of(writer_done(&w));
	if (!writer_ok(&w) || digest == s->written)
		return; /* one that does not fit is not written: the last one stays */
	if (!s->path && !file_make_directories("/run/sztpboot", 0700, &e))
		return;
	if (file_write(s->path ? s->path : STATUS_FILE, writer_done(&w), 0600, &e))
		s->written = digest;
}

static void on_timer(void *context)
{
	struct status *s = context;

	write_file(s);
	loop_timer_set(s->loop, &s->timer, loop_now_ms() + CONFIG_STATUS_EVERY_MS);
}

void status_start(struct status *s)
{
	s->timer.expired = on_timer;
	s->timer.context = s;
	on_timer(s);
}

void status_source_ended(struct status *s, const char *source, const struct error *e)
{
	size_t at = 0;

	while (at < s->source_count &&
	       strncmp(s->sources[at].name, source, sizeof(s->sources[at].name) - 1) != 0)
		at++;
	if (at < s->source_count || at == ARRAY_SIZE(s->sources)) { /* it goes to the end */
		at -= at == ARRAY_SIZE(s->sources) ? at : 0;
		s->source_count--;
		memmove(&s->sources[at], &s->sources[at + 1],
			(s->source_count - at) * sizeof(s->sources[0]));
	}
	struct status_source *to = &s->sources[s->source_count++];

	*to = (struct status_source){ .succeeded = !e, .at_ms = loop_now_ms() };
	snprintf(to->name, sizeof(to->name), "%s", source);
	if (e)
		to->error = s->last = *e;
}

void status_end(struct status *s, enum status_state state, const struct error *e)
{
	s->state = state;
	if (e)
		s->last = *e;
	loop_timer_cancel(s->loop, &s->timer);
	write_file(s);
}
