/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "certificate_file.h"
#include "codec/uri.h"
#include "pki/chain.h"
#include "pki/name.h"

/*
 * Path validation alone: will a device accept my server, my voucher signer, my owner
 * certificate?  The same function that judges a bundle and a TLS server.
 */

#define FILES_MAX (48 * 1024 * 1024) /* bytes of all files, as they are and decoded */
#define NAMES_MAX 16

struct name {
	const char *text;
	struct bytes dns_name;
	uint8_t address[16];
	size_t address_size;
};

struct request {
	struct chain_question question;
	const char *leaf, *time;
	const char *files[3][CONFIG_CHAIN_POOL_MAX]; /* by enum input */
	size_t file_count[3];
	struct name names[NAMES_MAX];
	size_t name_count;
	struct bytes anchors[CONFIG_CHAIN_ANCHORS_MAX], crls[CONFIG_CMS_CRLS_MAX];
	struct bytes pool[1 + CONFIG_CHAIN_POOL_MAX]; /* the leaf first */
	struct writer into;
};

enum input {
	INPUT_ANCHOR,
	INPUT_INTERMEDIATE,
	INPUT_CRL,
};

enum verify_chain_option {
	OPTION_ANCHOR = 256, /* in the order of enum input */
	OPTION_INTERMEDIATE,
	OPTION_CRL,
	OPTION_REVOCATION,
	OPTION_TIME,
	OPTION_NAME,
	OPTION_PURPOSE,
};

static const struct option options[] = {
	{ "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
	{ "intermediate", required_argument, NULL, OPTION_INTERMEDIATE },
	{ "crl", required_argument, NULL, OPTION_CRL },
	{ "require-revocation", no_argument, NULL, OPTION_REVOCATION },
	{ "time", required_argument, NULL, OPTION_TIME },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "purpose", required_argument, NULL, OPTION_PURPOSE },
	{ 0 },
};

static bool take_file(struct request *r, enum input input, const char *path, struct error *e)
{
	if (r->file_count[input] == ARRAY_SIZE(r->files[input]))
		return error_set(e, ERROR_REFUSED, "CMS-16",
				 "more than %zu files of one kind",
				 ARRAY_SIZE(r->files[input]));
	r->files[input][r->file_count[input]++] = path;
	return true;
}

static bool take_name(struct request *r, const char *text, struct error *e)
{
	struct name *name = &r->names[r->name_count];
	struct bytes value;

	if (r->name_count == NAMES_MAX)
		return error_set(e, ERROR_USAGE, NULL, "more than %d --name", NAMES_MAX);
	name->text = text;
	if (strncmp(text, "dns:", 4) == 0) {
		value = bytes_of_text(text + 4);
		name->dns_name = value;
		if (uri_is_host_name(value)) {
			r->name_count++;
			return true;
		}
	}
	if (strncmp(text, "ip:", 3) == 0) {
		value = bytes_of_text(text + 3);
		if (uri_read_ip4(name->address, value))
			name->address_size = 4;
		else if (uri_read_ip6(name->address, value))
			name->address_size = 16;
		if (name->address_size) {
			r->name_count++;
			return true;
		}
	}
	return error_set(e, ERROR_USAGE, NULL, "--name %s is neither dns:HOST nor ip:ADDRESS",
			 text);
}

static bool take_purpose(struct request *r, const char *text, struct error *e)
{
	static const char *const names[] = {
		[CHAIN_ANY] = "any",
		[CHAIN_SIGNER] = "signer",
		[CHAIN_TLS_SERVER] = "tls-server",
		[CHAIN_TLS_CLIENT] = "tls-client",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text) == 0) {
			r->question.purpose = (enum chain_purpose)i;
			return true;
		}
	}
	return error_set(e, ERROR_USAGE, NULL,
			 "--purpose is none of any, signer, tls-server, tls-client");
}

static bool take_option(struct request *r, int option, struct error *e)
{
	switch (option) {
	case OPTION_ANCHOR:
	case OPTION_INTERMEDIATE:
	case OPTION_CRL:
		return take_file(r, (enum input)(option - OPTION_ANCHOR), optarg, e);
	case OPTION_REVOCATION:
		r->question.revocation = CHAIN_REVOCATION_REQUIRED;
		return true;
	case OPTION_TIME:
		r->time = optarg;
		return true;
	case OPTION_NAME:
		return take_name(r, optarg, e);
	case OPTION_PURPOSE:
		return take_purpose(r, optarg, e);
	default:
		return error_set(e, ERROR_USAGE, NULL,
				 "unknown option, or an option without its value");
	}
}

static bool take_arguments(struct request *r, int argc, char **argv, struct error *e)
{
	int option;

	opterr = 0;
	r->question.revocation = CHAIN_REVOCATION_IF_PRESENT;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(r, option, e))
			return false;
	if (r->file_count[INPUT_ANCHOR] == 0)
		return error_set(e, ERROR_USAGE, NULL, "--trust-anchor is missing");
	if (optind + 1 != argc)
		return error_set(e, ERROR_USAGE, NULL, "one certificate is to be verified");
	r->leaf = argv[optind];
	return true;
}

/* One file, which must hold at least one of what it is for. */
static bool read_file(struct request *r, struct bytes *to, size_t *count, size_t max,
		      const char *label, const char *path, struct error *e)
{
	size_t before = *count;

	return certificate_file_read(to, count, max, label, &r->into, path, e) &&
	       (*count > before ||
		error_set(e, ERROR_MALFORMED, "CMS-18", "%s holds no %s", path, label));
}

/* All files of one kind. */
static bool read_files(struct request *r, enum input input, struct bytes *to, size_t *count,
		       size_t max, struct error *e)
{
	const char *label = input == INPUT_CRL ? CERTIFICATE_FILE_CRL
					       : CERTIFICATE_FILE_CERTIFICATE;

	for (size_t i = 0; i < r->file_count[input]; i++)
		if (!read_file(r, to, count, max, label, r->files[input][i], e))
			return false;
	return true;
}

/* An anchor that cannot be read is no stranger to pass over, but a mistake. */
static bool check_anchors(const struct request *r, struct error *e)
{
	struct x509 x;

	for (size_t i = 0; i < r->question.anchor_count; i++) {
		if (!x509_read(&x, r->anchors[i], e)) {
			error_wrap(e, "trust anchor %zu", i + 1);
			return error_rule(e, "CMS-18");
		}
	}
	return true;
}

/* The leaf is the first of its file; what else it holds may stand between. */
static bool read_all(struct request *r, struct error *e)
{
	struct chain_question *q = &r->question;
	size_t count = 0;

	if (!read_file(r, r->pool, &count, ARRAY_SIZE(r->pool), CERTIFICATE_FILE_CERTIFICATE,
		       r->leaf, e) ||
	    !read_files(r, INPUT_INTERMEDIATE, r->pool, &count, ARRAY_SIZE(r->pool), e) ||
	    !read_files(r, INPUT_ANCHOR, r->anchors, &q->anchor_count, ARRAY_SIZE(r->anchors),
			e) ||
	    !read_files(r, INPUT_CRL, r->crls, &q->crl_count, ARRAY_SIZE(r->crls), e) ||
	    !check_anchors(r, e))
		return false;
	q->leaf = r->pool[0];
	q->pool = r->pool + 1;
	q->pool_count = count - 1;
	q->anchors = r->anchors;
	q->crls = r->crls;
	return true;
}

/* What a refusal without a number of its own offends against. */
static const char *rule_of(enum chain_purpose purpose)
{
	switch (purpose) {
	case CHAIN_ANY:
		return "VAL-8";
	case CHAIN_SIGNER:
		return "OV-4";
	case CHAIN_TLS_SERVER:
	case CHAIN_TLS_CLIENT:
		return "TLS-7";
	}
	return "";
}

/* The leaf has to have every name that was given. */
static bool verify(struct chain *chain, struct request *r, struct error *e)
{
	static struct chain_workspace workspace;
	struct chain_question question = r->question;
	size_t i = 0;

	do {
		if (r->name_count) {
			question.dns_name = r->names[i].dns_name;
			question.address = bytes_of(r->names[i].address,
						    r->names[i].address_size);
		}
		if (!chain_verify(chain, &question, &workspace, e)) {
			error_rule(e, e->code == ERROR_MALFORMED ? "CMS-18"
								 : rule_of(question.purpose));
			return false;
		}
	} while (++i < r->name_count);
	return true;
}

static bool print(const struct chain *chain, struct error *e)
{
	char text[1024];
	struct x509 x;

	for (size_t i = 0; i < chain->length; i++) {
		if (!x509_read(&x, chain->certificates[i], e))
			return false;
		puts(name_text(text, sizeof(text), x.subject));
	}
	return fflush(stdout) == 0 || error_errno(e, ERROR_MACHINE, NULL, "standard output");
}

int command_verify_chain_run(int argc, char **argv)
{
	static struct request request;
	struct chain chain;
	struct error e = { 0 };
	uint8_t *files;

	if (!take_arguments(&request, argc, argv, &e) ||
	    !command_clock(&request.question.clock, request.time, &e))
		return e.code == ERROR_USAGE ? command_usage(argv[0], "%s", e.text)
					     : command_fail(&e);
	files = malloc(FILES_MAX); /* kept until the program ends; touched as far as needed */
	if (!files) {
		error_set(&e, ERROR_MACHINE, NULL, "no memory");
		return command_fail(&e);
	}
	request.into = writer_over(files, FILES_MAX);
	if (!read_all(&request, &e) || !verify(&chain, &request, &e) || !print(&chain, &e))
		return command_fail(&e);
	return 0;
}
