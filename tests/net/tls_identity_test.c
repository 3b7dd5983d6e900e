/* SPDX-License-Identifier: MIT */
#include "net/tls_identity.h"

#include "check.h"
#include "lab.h"

static struct error e;
static uint8_t key_room[8192], certificate_room[4096];
static struct tls_identity identity;

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0)
		ready = lab_make_folder() &&
			lab_run("new() { openssl req -x509 -newkey $1 -nodes -keyout $2.key "
				"-out "
				"$2.pem -subj /CN=$2 -days 2 && openssl x509 -in $2.pem "
				"-outform "
				"DER -out $2.der && openssl pkey -in $2.key -outform DER "
				"-out "
				"$2.p8; }; "
				"new 'ec -pkeyopt ec_paramgen_curve:P-256' p256 && "
				"new 'ec -pkeyopt ec_paramgen_curve:P-384' p384 && "
				"new 'ec -pkeyopt ec_paramgen_curve:P-521' p521 && "
				"new rsa:2048 rsa && new ed25519 ed && "
				"openssl ec -in p256.key -out p256.sec1 && "
				"openssl rsa -in rsa.key -traditional -out rsa.pkcs1 && "
				"openssl pkey -in p256.key -aes128 -passout pass:x -out "
				"p256.enc && "
				"cat p256.pem p256.key >p256.both");
	CHECK(ready);
	return ready;
}

static bool reads(const char *key_file, const char *certificate_file)
{
	struct bytes key = bytes_of(key_room, lab_read(key_file, key_room, sizeof(key_room)));
	struct bytes chain = bytes_of(
		certificate_room,
		lab_read(certificate_file, certificate_room, sizeof(certificate_room)));
	struct tls_identity_key *k;

	CHECK(key.size && chain.size);
	k = tls_identity_read(&identity, key, &chain, 1, &e);
	tls_identity_free(k);
	return k != NULL;
}

TEST(reads_every_kind_of_key_file, "KEY-2")
{
	if (!setup())
		return;
	CHECK(reads("p256.key", "p256.der") && identity.key == TLS_KEY_P256);
	CHECK(reads("p384.key", "p384.der") && identity.key == TLS_KEY_P384);
	CHECK(reads("p521.key", "p521.der") && identity.key == TLS_KEY_P521);
	CHECK(reads("rsa.key", "rsa.der") && identity.key == TLS_KEY_RSA);
	CHECK(reads("p256.p8", "p256.der") && reads("rsa.p8", "rsa.der"));
	CHECK(reads("p256.sec1", "p256.der") && reads("rsa.pkcs1", "rsa.der"));
	CHECK(reads("p256.both", "p256.der"));
}

TEST(refuses_pairs_that_are_none, "")
{
	if (!setup())
		return;
	CHECK(!reads("p384.key", "p256.der") && e.code == ERROR_REFUSED);
	CHECK_STR(e.text, "identity key: does not belong to the first certificate");
	CHECK(!reads("rsa.key", "p256.der") && e.code == ERROR_REFUSED);
	CHECK(!reads("p256.key", "rsa.der") && e.code == ERROR_REFUSED);
	CHECK(!reads("p256.key", "p256.key") && e.code == ERROR_REFUSED);
}

TEST(refuses_files_without_a_usable_key, "")
{
	if (!setup())
		return;
	CHECK(!reads("ed.key", "ed.der") && e.code == ERROR_MALFORMED);
	CHECK(!reads("p256.pem", "p256.der") && e.code == ERROR_MALFORMED);
	CHECK(!reads("p256.der", "p256.der") && e.code == ERROR_MALFORMED);
	CHECK(!reads("p256.enc", "p256.der") && e.code == ERROR_REFUSED);
	CHECK(strstr(e.text, "encrypted") != NULL);
}
