/* SPDX-License-Identifier: MIT */
#include "sztp/workflow.h"

#include <assert.h>
#include <stdint.h>

#include "base/bytes.h"

enum trust {
	TRUST_ANY, /* as a condition */
	TRUST_NO,
	TRUST_YES,
	TRUST_KEEP,
	TRUST_LISTS, /* as it was when the list came */
};

static const struct row {
	uint8_t state, event, only_if, next, server_trusted, data_trusted;
} rows[] = {
#define ROW(state, event, only_if, next, server, data, rfc, means)                          \
	{ WORKFLOW_STATE_##state, WORKFLOW_EVENT_##event, TRUST_##only_if,                  \
	  WORKFLOW_STATE_##next,  TRUST_##server,	  TRUST_##data },
	WORKFLOW_TABLE(ROW)
#undef ROW
};

void workflow_start(struct workflow *w)
{
	*w = (struct workflow){ .state = WORKFLOW_STATE_SOURCE };
}

bool workflow_may_descend(const struct workflow *w)
{
	return w->depth < CONFIG_REDIRECT_DEPTH_MAX;
}

static const struct row *find_row(const struct workflow *w, enum workflow_event event)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].state == w->state && rows[i].event == event &&
		    (rows[i].only_if == TRUST_ANY ||
		     (rows[i].only_if == TRUST_YES) == w->data_trusted))
			return &rows[i];
	return NULL;
}

void workflow_step(struct workflow *w, enum workflow_event event)
{
	const struct row *row = find_row(w, event);

	assert(row);
	if (event == WORKFLOW_EVENT_END)
		w->depth--;
	if (row->server_trusted != TRUST_KEEP)
		w->server_trusted = row->server_trusted == TRUST_YES;
	if (row->data_trusted == TRUST_LISTS)
		w->data_trusted = w->list_trusted[w->depth];
	else if (row->data_trusted != TRUST_KEEP)
		w->data_trusted = row->data_trusted == TRUST_YES;
	if (event == WORKFLOW_EVENT_SERVERS) {
		if (w->state == WORKFLOW_STATE_FOLLOW)
			w->depth++;
		w->list_trusted[w->depth] = w->data_trusted;
	}
	w->state = row->next;
}
