/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * file: addresses on a removable medium (USB-13, USB-14).  They are signed, but by somebody
 * who does not know where we mount things, so the path is one below the root of the medium
 * that the signed data came from, and never leads out of it.
 */

/*
 * The path that a file: URI means, relative to the root of the medium: "images/x.iso".
 *
 * @to, @size: CONFIG_URI_MAX is always enough.
 * A first segment "diskN:" or "usb:" is dropped (the Cisco tool writes file:///disk2:/x).
 * Percent-encoding is undone once, in each segment by itself.  Refused: another scheme, a
 * host other than localhost, a query, "." and ".." as segments however they are written,
 * and an encoded slash, backslash, NUL or control character.
 * Errors: ERROR_REFUSED or ERROR_MALFORMED, USB-14.
 * Source: RFC 8089 §2, RFC 3986 §3.3.
 */
MUST_CHECK bool medium_path_read(char *to, size_t size, struct bytes uri, struct error *e);

/*
 * Open the regular file that @uri names on the medium mounted at @root, for reading.
 * No symbolic link is followed, nor any mount left: openat2(2) does not leave the root.
 * @fd is the caller's to close, before media_release().
 * Errors: those of medium_path_read; ERROR_REFUSED it is a link, or no regular file;
 * ERROR_LATER it is not there, or the medium has gone.  All USB-14.
 */
MUST_CHECK bool medium_path_open(int *fd, const char *root, struct bytes uri, struct error *e);
