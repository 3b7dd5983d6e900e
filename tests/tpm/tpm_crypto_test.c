/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_crypto.h"

#include "base/text.h"
#include "check.h"

/* NIST SP 800-38A F.3.13 and F.3.17: CFB128, AES-128 and AES-256. */
static const char plain[] =
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
static const struct vector {
	unsigned bits;
	const char *key, *cipher;
} vectors[] = {
	{ 128, "2b7e151628aed2a6abf7158809cf4f3c",
	  "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
	  "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6" },
	{ 256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	  "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
	  "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471" },
};

static void bytes(uint8_t *to, size_t size, const char *hex)
{
	CHECK(text_unhex(to, size, bytes_of_text(hex)));
}

TEST(cfb_gives_the_known_answers, "TPM-87")
{
	uint8_t iv[16], key[32], data[64], expected[64];

	bytes(iv, 16, "000102030405060708090a0b0c0d0e0f");
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		bytes(key, vectors[i].bits / 8, vectors[i].key);
		bytes(expected, 64, vectors[i].cipher);
		/* A partial last block is normal. */
		for (size_t size = 0; size <= 64; size++) {
			uint8_t clear[64];

			bytes(data, 64, plain);
			bytes(clear, 64, plain);
			CHECK(tpm_crypto_cfb(true, key, vectors[i].bits, iv, data, size));
			CHECK(memcmp(data, expected, size) == 0);
			CHECK(memcmp(data + size, clear + size, 64 - size) == 0);
			CHECK(tpm_crypto_cfb(false, key, vectors[i].bits, iv, data, size));
			CHECK(memcmp(data, clear, 64) == 0);
		}
	}
}

TEST(cfb_knows_no_other_key_sizes, "TPM-87")
{
	uint8_t iv[16] = { 0 }, key[64] = { 0 }, data[16] = { 0 };

	CHECK(!tpm_crypto_cfb(true, key, 0, iv, data, sizeof(data)));
	CHECK(!tpm_crypto_cfb(true, key, 512, iv, data, sizeof(data)));
	CHECK(!tpm_crypto_cfb(false, key, 129, iv, data, sizeof(data)));
}
