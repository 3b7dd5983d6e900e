/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "codec/uri.h"

/*
 * Where a server keeps its RESTCONF operations (RFC 8040 §3.1): the link of relation
 * "restconf" in its host-meta document (RFC 6415, XRD).
 */

#define HOST_META_PATH	     "/.well-known/host-meta"
#define HOST_META_ROOT	     "/restconf" /* of a server that does not tell (HTTP-2) */
#define HOST_META_MEDIA_TYPE "application/xrd+xml"

/*
 * Read the document.
 *
 * @root: a path without its last slash, so "" is possible.
 * @server: whom it came from: an href must be a path, or lead to this same scheme, host and
 * port (HTTP-3).
 * @arena: for the time of the call.
 * Errors: those of xml_read; HTTP-1: no link; HTTP-3: a link that leads elsewhere.
 */
MUST_CHECK bool host_meta_read(char root[static CONFIG_RESTCONF_ROOT_MAX], struct bytes document,
			       const struct uri *server, void *arena, size_t arena_size,
			       struct error *e);

/* A root as it was configured: a path.  The rest as above. */
MUST_CHECK bool host_meta_read_path(char root[static CONFIG_RESTCONF_ROOT_MAX],
				    struct bytes path, struct error *e);
