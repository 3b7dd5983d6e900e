/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "certificate_file.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "pki/decrypt_software.h"
#include "platform/entropy.h"
#include "platform/file.h"
#include "sztp/conveyed_information.h"
#include "sztp/validate.h"

/*
 * One bundle, judged exactly as the device would, without a device: the same functions, the
 * same refusals.  The document goes to stdout, everything else to stderr.
 */

#define CERTIFICATES_MAX (512 * 1024) /* bytes of all certificate files, and decoded */

struct request {
	struct validate_input input;
	const char *conveyed_information, *owner_certificate, *voucher, *idevid, *time;
	const char *decrypt_key;
	const char *anchor_files[CONFIG_CHAIN_ANCHORS_MAX];
	size_t anchor_file_count;
	bool trusted, explain;

	struct bytes anchors[CONFIG_CHAIN_ANCHORS_MAX];
	struct writer certificates; /* where certificates and the nonce are kept */
	struct x509 device;
	struct decrypt_software decrypt;
	struct writer plaintext;
};

/* --- arguments -----------------------------------------------------------------------------
 */

enum verify_option {
	OPTION_ANCHOR = 256,
	OPTION_SERIAL,
	OPTION_VOUCHER,
	OPTION_OWNER,
	OPTION_CONVEYED,
	OPTION_TIME,
	OPTION_NONCE,
	OPTION_IDEVID,
	OPTION_DECRYPT_KEY,
	OPTION_SOURCE,
	OPTION_EXPLAIN,
};

static const struct option options[] = {
	{ "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
	{ "serial", required_argument, NULL, OPTION_SERIAL },
	{ "voucher", required_argument, NULL, OPTION_VOUCHER },
	{ "owner-certificate", required_argument, NULL, OPTION_OWNER },
	{ "conveyed-information", required_argument, NULL, OPTION_CONVEYED },
	{ "time", required_argument, NULL, OPTION_TIME },
	{ "nonce", required_argument, NULL, OPTION_NONCE },
	{ "idevid", required_argument, NULL, OPTION_IDEVID },
	{ "decrypt-key", required_argument, NULL, OPTION_DECRYPT_KEY },
	{ "source", required_argument, NULL, OPTION_SOURCE },
	{ "explain", no_argument, NULL, OPTION_EXPLAIN },
	{ 0 },
};

static bool take_nonce(struct request *r, const char *text, struct error *e)
{
	if (base64_decode(&r->input.nonce, &r->certificates, bytes_of_text(text), e) &&
	    r->input.nonce.size)
		return true;
	return error_set(e, ERROR_USAGE, NULL, "--nonce is not base64");
}

static bool take_source(struct request *r, const char *text, struct error *e)
{
	r->trusted = strcmp(text, "trusted") == 0;
	return r->trusted || strcmp(text, "untrusted") == 0 ||
	       error_set(e, ERROR_USAGE, NULL, "--source is neither trusted nor untrusted");
}

static bool take_option(struct request *r, int option, struct error *e)
{
	switch (option) {
	case OPTION_ANCHOR:
		if (r->anchor_file_count == ARRAY_SIZE(r->anchor_files))
			return error_set(e, ERROR_USAGE, NULL, "more than %zu --trust-anchor",
					 ARRAY_SIZE(r->anchor_files));
		r->anchor_files[r->anchor_file_count++] = optarg;
		return true;
	case OPTION_SERIAL:
		r->input.serial = bytes_of_text(optarg);
		return true;
	case OPTION_VOUCHER:
		r->voucher = optarg;
		return true;
	case OPTION_OWNER:
		r->owner_certificate = optarg;
		return true;
	case OPTION_CONVEYED:
		r->conveyed_information = optarg;
		return true;
	case OPTION_TIME:
		r->time = optarg;
		return true;
	case OPTION_NONCE:
		return take_nonce(r, optarg, e);
	case OPTION_IDEVID:
		r->idevid = optarg;
		return true;
	case OPTION_DECRYPT_KEY:
		r->decrypt_key = optarg;
		return true;
	case OPTION_SOURCE:
		return take_source(r, optarg, e);
	case OPTION_EXPLAIN:
		r->explain = true;
		return true;
	default:
		return error_set(e, ERROR_USAGE, NULL,
				 "unknown option, or an option without its value");
	}
}

static bool take_arguments(struct request *r, int argc, char **argv, struct error *e)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(r, option, e))
			return false;
	if (optind < argc)
		return error_set(e, ERROR_USAGE, NULL, "'%s' is no option", argv[optind]);
	if (!r->conveyed_information)
		return error_set(e, ERROR_USAGE, NULL, "--conveyed-information is missing");
	if (r->anchor_file_count == 0)
		return error_set(e, ERROR_USAGE, NULL, "--trust-anchor is missing");
	if (!r->input.serial.size && !r->idevid)
		return error_set(e, ERROR_USAGE, NULL, "--serial is missing");
	return true;
}

/* --- files ---------------------------------------------------------------------------------
 */

static bool read_artifact(struct bytes *to, const char *path, struct error *e)
{
	uint8_t *buffer;
	size_t used;

	if (!path)
		return true;
	buffer = malloc(CONFIG_ARTIFACT_MAX); /* kept until the program ends */
	if (!buffer)
		return error_set(e, ERROR_MACHINE, NULL, "no memory");
	if (!file_read(buffer, CONFIG_ARTIFACT_MAX, &used, path, 0, e))
		return false;
	*to = cms_file(bytes_of(buffer, used));
	return true;
}

/* Certificates of one file, DER or PEM, behind those that are there. */
static bool read_certificates(struct request *r, struct bytes *to, size_t *count, size_t max,
			      const char *path, struct error *e)
{
	return certificate_file_read(to, count, max, CERTIFICATE_FILE_CERTIFICATE,
				     &r->certificates, path, e);
}

static bool read_anchors(struct request *r, struct error *e)
{
	struct x509 x;

	for (size_t i = 0; i < r->anchor_file_count; i++) {
		size_t before = r->input.voucher_anchor_count;

		if (!read_certificates(r, r->anchors, &r->input.voucher_anchor_count,
				       ARRAY_SIZE(r->anchors), r->anchor_files[i], e))
			return false;
		for (size_t j = before; j < r->input.voucher_anchor_count; j++)
			if (!x509_read(&x, r->anchors[j], e))
				return error_wrap(e, "%s", r->anchor_files[i]),
				       error_rule(e, "CMS-18");
		if (before == r->input.voucher_anchor_count)
			return error_set(e, ERROR_MALFORMED, NULL, "%s holds no certificate",
					 r->anchor_files[i]);
	}
	r->input.voucher_anchors = r->anchors;
	return true;
}

/* What the device's own certificate says about it: its issuer, and its serial (OV-11). */
static bool read_idevid(struct request *r, struct error *e)
{
	struct bytes der[4];
	size_t count = 0;

	if (!r->idevid)
		return true;
	if (!read_certificates(r, der, &count, ARRAY_SIZE(der), r->idevid, e))
		return false;
	if (count == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "%s holds no certificate",
				 r->idevid);
	if (!x509_read(&r->device, der[0], e))
		return error_wrap(e, "%s", r->idevid);
	r->input.idevid_authority_key = r->device.authority_key;
	if (r->input.serial.size == 0)
		r->input.serial = x509_device_serial(&r->device);
	return r->input.serial.size ||
	       error_set(e, ERROR_REFUSED, "OV-11", "%s names no device serial number",
			 r->idevid);
}

/* The key that decrypts (ENC-3), of the certificate that --idevid or its own file gives. */
static bool read_decrypt_key(struct request *r, struct error *e)
{
	uint8_t file[CONFIG_KEY_FILE_MAX];
	struct bytes der[4], certificate = r->device.der;
	size_t used, count = 0;
	bool ok;

	if (!r->decrypt_key)
		return true;
	if (!file_read(file, sizeof(file), &used, r->decrypt_key, 0, e))
		return false;
	ok = certificate.size || !pem_is(bytes_of(file, used)) ||
	     read_certificates(r, der, &count, ARRAY_SIZE(der), r->decrypt_key, e);
	if (count)
		certificate = der[0];
	if (ok && certificate.size == 0)
		ok = error_set(e, ERROR_USAGE, NULL,
			       "%s holds no certificate for its key; give --idevid",
			       r->decrypt_key);
	ok = ok && (decrypt_software_read(&r->decrypt, bytes_of(file, used), certificate, e) ||
		    error_wrap(e, "%s", r->decrypt_key));
	bytes_wipe(file, sizeof(file));
	if (!ok)
		return false;
	r->input.decrypt = &r->decrypt.key;
	r->input.random = entropy_fill;
	return true;
}

/* Room for as much as came; kept until the program ends. */
static bool make_room(struct request *r, struct error *e)
{
	size_t size = r->input.conveyed_information.size + r->input.owner_certificate.size +
		      r->input.ownership_voucher.size;
	void *room = malloc(size + 1);

	r->plaintext = writer_over(room, size);
	r->input.plaintext = &r->plaintext;
	return room || error_set(e, ERROR_MACHINE, NULL, "no memory");
}

/* --- verdict -------------------------------------------------------------------------------
 */

static void explain(void *context, const char *rule, const char *sentence)
{
	fprintf(context, "%s: %s\n", rule, sentence);
}

/* Read the document as the device would, and decide what its source allows (MATRIX). */
static bool judge_document(const struct request *r, const struct validate_result *result,
			   struct error *e)
{
	static struct conveyed_information ci;
	size_t size = result->document.size;
	void *arena = malloc(CONVEYED_INFORMATION_ARENA_SIZE(size));
	void *decoded = malloc(CONVEYED_INFORMATION_INTO_SIZE(size));
	struct writer into = writer_over(decoded, CONVEYED_INFORMATION_INTO_SIZE(size));
	bool good = false;

	if (!arena || !decoded)
		error_set(e, ERROR_MACHINE, NULL, "no memory");
	else if (!conveyed_information_read(&ci, result->encoding, result->document, arena,
					    CONVEYED_INFORMATION_ARENA_SIZE(size), &into, e))
		good = result->was_encrypted && validate_hide(e);
	else if (!result->is_signed && !r->trusted &&
		 ci.kind == CONVEYED_INFORMATION_ONBOARDING)
		error_set(
			e, ERROR_REFUSED, "DISC-3",
			"unsigned onboarding information from a source that is not trusted");
	else
		good = true;
	if (good && r->explain && !result->is_signed && !r->trusted)
		explain(stderr, "MATRIX-1",
			"unsigned redirect: followed provisionally, its trust "
			"anchors are dropped");
	free(arena);
	free(decoded);
	return good;
}

static bool print(struct bytes document, struct error *e)
{
	bool ends = document.size && document.at[document.size - 1] == '\n';

	if (fwrite(document.at, 1, document.size, stdout) != document.size ||
	    (!ends && putchar('\n') == EOF) || fflush(stdout) != 0)
		return error_errno(e, ERROR_MACHINE, NULL, "standard output");
	return true;
}

/* As JSON, whatever it came in: one form for scripts. */
static bool print_document(const struct validate_result *result, struct error *e)
{
	size_t size = CONVEYED_INFORMATION_ARENA_SIZE(result->document.size);
	struct bytes json;
	bool good;
	void *arena;

	if (result->encoding == CONVEYED_INFORMATION_JSON)
		return print(result->document, e);
	arena = malloc(size);
	good = arena ? conveyed_information_to_json(&json, result->document, arena, size, e) &&
			       print(json, e)
		     : error_set(e, ERROR_MACHINE, NULL, "no memory");
	free(arena);
	return good;
}

static bool verify(struct request *r, struct error *e)
{
	static struct validate_workspace workspace;
	struct validate_result result;

	if (!command_clock(&r->input.clock, r->time, e) || !read_anchors(r, e) ||
	    !read_idevid(r, e) ||
	    !read_artifact(&r->input.conveyed_information, r->conveyed_information, e) ||
	    !read_artifact(&r->input.owner_certificate, r->owner_certificate, e) ||
	    !read_artifact(&r->input.ownership_voucher, r->voucher, e) ||
	    !read_decrypt_key(r, e) || !make_room(r, e))
		return false;
	if (r->explain) {
		r->input.explain = explain;
		r->input.context = stderr;
	}
	return validate_conveyed_information(&result, &r->input, &workspace, e) &&
	       judge_document(r, &result, e) && print_document(&result, e);
}

int command_verify_run(int argc, char **argv)
{
	static uint8_t certificates[CERTIFICATES_MAX];
	static struct request request;
	struct error e = { 0 };
	bool good;

	request.certificates = writer_over(certificates, sizeof(certificates));
	if (!take_arguments(&request, argc, argv, &e))
		return command_usage(argv[0], "%s", e.text);
	good = verify(&request, &e);
	decrypt_software_wipe(&request.decrypt);
	bytes_wipe(request.plaintext.start, request.plaintext.used);
	bytes_wipe(certificates, request.certificates.used); /* the key came with one */
	return good ? 0 : command_fail(&e);
}
