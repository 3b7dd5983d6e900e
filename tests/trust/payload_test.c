/* SPDX-License-Identifier: MIT */
#include "trust/payload.h"

#include "base/text.h"
#include "check.h"
#include "trust/record.h"

static uint8_t buffer[PAYLOAD_SIZE_MAX + 1024];
static struct error e;

/* A certificate as far as the payload cares. */
static const uint8_t certificate[40] = { 0x30, 38 }, other[50] = { 0x30, 48 },
		     digest[32] = { 9 };

static struct payload full(void)
{
	static const uint8_t positions[] = { 1, 0 }, serial[] = { 5, 6 }, local[32] = { 3 };
	struct payload p = {
		.serial = bytes_of_text("JADA123456789"),
		.hardware_model = bytes_of_text("m\xc3\xb6"
						"del"),
		.vendor = bytes_of_text("Example"),
		.serial_rule = bytes_of_text("after:SN:"),
		.flags = PAYLOAD_FLAGS_ALL,
		.minimum_time_s = 1795305600,
		.voucher_anchors = { bytes_of(certificate, 40), bytes_of(digest, 32) },
		.voucher_anchor_count = 2,
		.server_anchors = { bytes_of(other, 50), bytes_of(digest, 32) },
		.server_anchor_count = 2,
		.download_anchors = { bytes_of(other, 50) },
		.download_anchor_count = 1,
		.intermediates = { bytes_of(certificate, 40) },
		.intermediate_count = 1,
		.well_known = { { 443, bytes_of(positions, 2),
				  bytes_of_text("boot.example") } },
		.well_known_count = 1,
		.proxies = { { 3128, bytes_of_text("2001:db8::1") } },
		.proxy_count = 1,
		.secrets = { { bytes_of_text("proxy"), bytes_of_text("hunter2") } },
		.secret_count = 1,
		.revoked = { { bytes_of(digest, 32), bytes_of(serial, 2) } },
		.revoked_count = 1,
		.crls = { bytes_of(other, 50) },
		.crl_count = 1,
		.device_key = 0x81005a01,
		.certificate_index = 0x01805a70,
		.voucher_window_s = 3600,
		.next_authorities = { bytes_of(other, 50) },
		.next_authority_count = 1,
		.local_key = bytes_of(local, 32),
	};
	return p;
}

static struct bytes written(const struct payload *p)
{
	struct writer w = writer_over(buffer, sizeof(buffer));

	payload_write(&w, p);
	CHECK(writer_ok(&w));
	return writer_done(&w);
}

TEST(reads_what_it_wrote, "TPM-55")
{
	struct payload p = full(), q;

	CHECK(payload_read(&q, written(&p), &e));
	CHECK(bytes_equal(q.serial, p.serial) &&
	      bytes_equal(q.hardware_model, p.hardware_model));
	CHECK(bytes_equal(q.vendor, p.vendor) && bytes_equal(q.serial_rule, p.serial_rule));
	CHECK(q.flags == p.flags && q.minimum_time_s == p.minimum_time_s);
	CHECK(q.voucher_anchor_count == 2 && payload_anchor_is_digest(q.voucher_anchors[1]));
	CHECK(q.server_anchor_count == 2 && q.download_anchor_count == 1);
	CHECK(q.well_known_count == 1 && q.well_known[0].port == 443 &&
	      q.well_known[0].positions.size == 2 &&
	      bytes_equal_text(q.well_known[0].host, "boot.example"));
	CHECK(q.proxy_count == 1 && q.proxies[0].port == 3128);
	CHECK(q.secret_count == 1 && bytes_equal_text(q.secrets[0].value, "hunter2"));
	CHECK(q.revoked_count == 1 && q.revoked[0].serial.size == 2);
	CHECK(q.crl_count == 1 && q.next_authority_count == 1 && q.local_key.size == 32);
	CHECK(q.device_key == 0x81005a01 && q.certificate_index == 0x01805a70);
	CHECK(q.voucher_window_s == 3600);
}

TEST(every_truncation_is_refused, "TPM-55")
{
	struct payload p = full(), q;
	struct bytes all = written(&p);
	size_t accepted = 0;

	/* Cut between records it is a shorter, complete payload, which only a signature
	 * tells. */
	for (size_t n = 0; n < all.size; n++) {
		if (payload_read(&q, bytes_of(all.at, n), &e))
			accepted++;
		else
			CHECK_STR(e.rule, "STORE_FORMAT");
	}
	CHECK(accepted == 20); /* of 21 records */
}

/* One record after a serial. */
static bool reads(uint16_t tag, struct bytes value)
{
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct payload p;

	record_write(&w, 1, bytes_of_text("SN"));
	record_write(&w, tag, value);
	CHECK(writer_ok(&w));
	if (payload_read(&p, writer_done(&w), &e))
		return true;
	CHECK_STR(e.rule, "STORE_FORMAT");
	return false;
}

/* @count records of one tag. */
static bool reads_times(uint16_t tag, struct bytes value, size_t count)
{
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct payload p;

	record_write(&w, 1, bytes_of_text("SN"));
	for (size_t i = 0; i < count; i++)
		record_write(&w, tag, value);
	CHECK(writer_ok(&w));
	return payload_read(&p, writer_done(&w), &e);
}

static bool at_most(uint16_t tag, const void *value, size_t size, size_t max)
{
	return reads_times(tag, bytes_of(value, size), max) &&
	       !reads_times(tag, bytes_of(value, size), max + 1);
}

TEST(counts_have_their_limits, "TPM-55")
{
	uint8_t revoked[33] = { 0 }, well_known[] = { 1, 187, 0, 'h' },
		proxy[] = { 1, 1, 187, 'h' };

	CHECK(at_most(0x10, certificate, 40, 8));
	CHECK(at_most(0x10, digest, 32, 8));
	CHECK(at_most(0x11, certificate, 40, 16));
	CHECK(at_most(0x12, certificate, 40, 8));
	CHECK(at_most(0x13, certificate, 40, 4));
	CHECK(at_most(0x14, well_known, sizeof(well_known), 8));
	CHECK(at_most(0x15, proxy, sizeof(proxy), 4));
	CHECK(at_most(0x16, "a\0b", 3, 16));
	CHECK(at_most(0x17, revoked, sizeof(revoked), 256));
	CHECK(at_most(0x18, "x", 1, PAYLOAD_CRLS_MAX));
	CHECK(at_most(0x1b, certificate, 40, 4));
	for (uint16_t tag = 2; tag < 0x10; tag++)
		CHECK(!reads_times(tag, bytes_of("\0\0\0\1", 4), 2));
}

TEST(sizes_have_their_limits, "TPM-51 TPM-55")
{
	static uint8_t big[PAYLOAD_CRLS_SIZE_MAX + 1];
	char longest[300];

	memset(longest, 'a', sizeof(longest));
	CHECK(reads(2, bytes_of(longest, 64)) && !reads(2, bytes_of(longest, 65)));
	CHECK(!reads(2, bytes_of(longest, 0)) && reads(3, bytes_of(longest, 0)));
	CHECK(reads(3, bytes_of(longest, 64)) && !reads(3, bytes_of(longest, 65)));
	CHECK(reads(6, bytes_of(longest, 64)) && !reads(6, bytes_of(longest, 65)));
	big[0] = 0x30;
	CHECK(reads(0x10, bytes_of(big, 4096)) && !reads(0x10, bytes_of(big, 4097)));
	CHECK(!reads(0x10, bytes_of(big, 31)) && !reads(0x10, bytes_of(big + 1, 33)));
	CHECK(!reads(0x13, bytes_of(big, 32))); /* intermediates are whole */
	CHECK(reads(0x18, bytes_of(big, PAYLOAD_CRLS_SIZE_MAX)));
	CHECK(!reads(0x18, bytes_of(big, PAYLOAD_CRLS_SIZE_MAX + 1)));
	CHECK(!reads(0x18, bytes_of(big, 0)));
	CHECK(!reads(0x1c, bytes_of(big, 31)) && !reads(0x1c, bytes_of(big, 33)));
	CHECK(reads(0x19, bytes_of(big, 16)) && !reads(0x19, bytes_of(big, 17)));
	CHECK(reads(0x1a, bytes_of(big, 4)) && !reads(0x1a, bytes_of(big, 3)));
	CHECK(!reads(5, bytes_of("\xff\xff\xff\xff\xff\xff\xff\xff", 8)));
	/* secret: name up to 32, value up to 256 */
	longest[32] = 0;
	CHECK(reads(0x16, bytes_of(longest, 33 + 256)) &&
	      !reads(0x16, bytes_of(longest, 33 + 257)));
	longest[32] = 'a';
	longest[33] = 0;
	CHECK(!reads(0x16, bytes_of(longest, 40)));
	CHECK(!reads(0x16, bytes_of("\0v", 2)) && !reads(0x16, bytes_of("name", 4)));
	/* revoked: issuer digest and a serial of 1 to 20 */
	CHECK(!reads(0x17, bytes_of(big, 32)) && reads(0x17, bytes_of(big, 52)) &&
	      !reads(0x17, bytes_of(big, 53)));
}

TEST(order_and_unknown_tags_are_errors, "TPM-39 TPM-55")
{
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct payload p;

	CHECK(!reads(1, bytes_of_text("SN")));	  /* twice */
	CHECK(!reads(0, bytes_of_text("SN")));	  /* descending */
	CHECK(!reads(7, bytes_of_text("SN")));	  /* unknown */
	CHECK(!reads(0x1d, bytes_of_text("SN"))); /* unknown */
	CHECK(!reads(0xffff, bytes_of_text("")));
	CHECK(!payload_read(&p, bytes_of("", 0), &e)); /* no serial */
	record_write(&w, 2, bytes_of_text("m"));
	CHECK(!payload_read(&p, writer_done(&w), &e));
}

TEST(text_is_utf8_without_control_characters, "TPM-55")
{
	CHECK(reads(2, bytes_of_text("\xc3\xa9t\xc3\xa9")));
	CHECK(!reads(2, bytes_of_text("\xc3")));
	CHECK(!reads(2, bytes_of_text("\xff")));
	CHECK(!reads(2, bytes_of_text("a\nb")));
	CHECK(!reads(2, bytes_of("a\0b", 3)));
	CHECK(!reads(2, bytes_of_text("a\x7f")));
}

TEST(flags_others_must_be_zero, "TPM-54")
{
	CHECK(reads(4, bytes_of("\0\0\x1f\xff", 4)));
	CHECK(!reads(4, bytes_of("\0\0\x3f\xff", 4)));
	CHECK(!reads(4, bytes_of("\x80\0\0\0", 4)));
	CHECK_STR(payload_flag_name(0), "secure-mode");
	CHECK_STR(payload_flag_name(12), "commit-generation");
	CHECK(!payload_flag_name(13));
	CHECK((PAYLOAD_FLAGS_DEFAULT & ~PAYLOAD_FLAGS_ALL) == 0);
}

TEST(servers_name_anchors_that_are_there, "TPM-55")
{
	CHECK(reads(0x14, bytes_of("\1\xbb\0h", 4)));
	CHECK(!reads(0x14, bytes_of("\1\xbb\1\0h", 5))); /* no anchor 0 */
	CHECK(!reads(0x14, bytes_of("\0\0\0h", 4)));	 /* port 0 */
	CHECK(!reads(0x14, bytes_of("\1\xbb\0", 3)));	 /* no host */
	CHECK(!reads(0x14, bytes_of("\1\xbb\0a b", 6)));
	CHECK(!reads(0x15, bytes_of("\2\1\xbbh", 4))); /* no such kind of proxy */
	CHECK(!reads(0x15, bytes_of("\1\0\0h", 4)));
}
