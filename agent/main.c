/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "command/command.h"
#include "config.h"

const struct command command_table[] = {
	{ "run", "[--once]", "The device's whole story, from bare machine to its owner's system",
	  "Brings up links, unseals the trust store, finds bootstrapping data, proves it,\n"
	  "installs the boot image it names, and jumps into the new system.  This is what\n"
	  "the initramfs starts.  Never ends on its own: failed rounds are repeated, with\n"
	  "a pause that grows from 5 s to 300 s.\n"
	  "\n"
	  "--once  one round; the exit status tells how it ended",
	  command_run_run },
	{ "bootstrap",
	  "--output DIR [--server URL]... [--download] [--csr] [--set KEY=VALUE]...\n"
	  "--output DIR --trust-anchor F... --serial SN [--server-anchor F]...\n"
	  "    [--identity-key F --identity-certificate F] [--idevid F]",
	  "Discovery up to verified onboarding information; never touches a disk",
	  "For network operating systems that call the agent as a subprocess.  Prints the\n"
	  "path of DIR/onboarding.json.  DIR also gets the decoded configuration and\n"
	  "scripts, with --download the verified boot-image, and status.json.\n"
	  "\n"
	  "--output DIR          where the results go (made, mode 0700)\n"
	  "--server URL          ask these servers, without discovery (untrusted, as if a\n"
	  "                      DHCP server had named them)\n"
	  "--download            fetch and verify the boot image as well\n"
	  "--csr                 a trusted server may ask for a certification request\n"
	  "--trust-anchor F      voucher anchor, instead of the sealed trust store\n"
	  "--serial SN           this device's serial number, with --trust-anchor\n"
	  "--server-anchor F     anchor for the servers given by --server\n"
	  "--identity-key F      TLS client key (PEM), with --identity-certificate F\n"
	  "--idevid F            the device's IDevID certificate, for idevid-issuer checks\n"
	  "--wait S              give up discovery after S seconds (default 60)\n"
	  "--rounds N            ask everywhere up to N times (default 1), with growing pauses\n"
	  "--set KEY=VALUE       a setting of the discovery: dns.mdns=no; may be repeated",
	  command_bootstrap_run },
	{ "discover", "[--wait S] [--serial SN] [--set KEY=VALUE]... [--debug STEMS]",
	  "What networks, DNS and sticks offer, one JSON object per finding",
	  "Asks everywhere side by side and prints each finding as it arrives.\n"
	  "\n"
	  "--wait S         stop after S seconds (default 10)\n"
	  "--serial SN      look for this device's DNS records and folders\n"
	  "--set KEY=VALUE  a setting, as on the kernel's command line: dns.mdns=no\n"
	  "--debug STEMS    show debug lines of these parts: dhcp4,link or all",
	  command_discover_run },
	{ "verify",
	  "--trust-anchor F... --serial SN [--voucher F] [--owner-certificate F]\n"
	  "    --conveyed-information F [--time T] [--nonce B64] [--idevid F]\n"
	  "    [--decrypt-key F] [--source trusted|untrusted] [--explain]",
	  "Validate one bundle exactly as the device would",
	  "Prints the conveyed information as one JSON document.  A refusal is one line with\n"
	  "the requirement's number.\n"
	  "\n"
	  "--trust-anchor F  voucher anchor, DER or PEM; may be repeated\n"
	  "--serial SN       the device's serial number\n"
	  "--time T          an accurate clock (RFC 3339); without it the clock is a floor\n"
	  "--nonce B64       the nonce that the device sent\n"
	  "--idevid F        the device's certificate, for idevid-issuer\n"
	  "--decrypt-key F   private key for encrypted artifacts (PEM, DER), of the certificate\n"
	  "                  that --idevid or F itself holds; details of what is encrypted\n"
	  "                  are not repeated in refusals\n"
	  "--source S        where the data came from; default untrusted\n"
	  "--explain         print every step with its number",
	  command_verify_run },
	{ "verify-chain",
	  "--trust-anchor F... [--intermediate F]... [--crl F]... [--require-revocation]\n"
	  "    [--time T] [--name dns:N|ip:A]... [--purpose any|signer|tls-server|tls-client]\n"
	  "    LEAF",
	  "Validate one certificate path exactly as the device would",
	  "Prints the path from LEAF to the anchor, one subject per line.  Files are DER, or PEM\n"
	  "with one or more certificates; what stands in LEAF behind the first one is taken as\n"
	  "--intermediate.\n"
	  "\n"
	  "--trust-anchor F      a whole certificate; may be repeated\n"
	  "--intermediate F      may stand between; may be repeated, any order\n"
	  "--crl F               revocation list; may be repeated.  Where an issuer has one, it\n"
	  "                      must be good and must not list the certificate\n"
	  "--require-revocation  every certificate below the anchor needs one\n"
	  "--time T              an accurate clock (RFC 3339); without it the clock is a floor\n"
	  "--name N              a name the certificate must have; all that are given\n"
	  "--purpose P           what it is used for; default any",
	  command_verify_chain_run },
	{ "inspect", "[--option143] [--hex DIGITS] F...", "Decode any artifact without judging it",
	  "CMS structures with their signers, recipients, certificates, CRLs and documents,\n"
	  "certificates, CRLs, payloads of DHCP options 143 and 136, headers of sealed trust\n"
	  "stores; DER or PEM.  Prints one JSON document a file.\n"
	  "\n"
	  "--option143   the files are payloads of option 143, whatever they look like\n"
	  "--hex DIGITS  these bytes, as a packet's dump shows them, instead of a file",
	  command_inspect_run },
	{ "write",
	  "--source URL|FILE [--sha256 HEX] [--format raw|zst|gz|auto] --target DEV|FILE",
	  "The image writer alone",
	  "Streams an image to a disk or file; the target becomes bootable only after the\n"
	  "digest was compared and the written bytes were read back.  Progress on stderr, one\n"
	  "JSON object at the end.\n"
	  "\n"
	  "--sha256 HEX  digest of the bytes as received; needed with an URL",
	  command_write_run },
	{ "boot", "[--root DEV|DIR | --installed] [--dry-run] [--no-kexec]",
	  "Find the boot entry of an installed system, load it, jump",
	  "--root R     the disk, partition or folder to look on\n"
	  "--installed  the first disk of this machine with a system; not removable ones\n"
	  "--dry-run    print the choice as JSON, and why each other candidate lost\n"
	  "--no-kexec   load the kernel but do not jump",
	  command_boot_run },
	{ "trust",
	  "enroll --in STORE.json (--authority-key KEY | --sign-cmd PROGRAM --authority F)\n"
	  "    (--kernel F --initrd F --append TEXT (--qemu-memory MIB | --loader F... |\n"
	  "    --boot-option) | --uki F [--failed-options N] [--secure-boot] | --pcr N=HEX...)\n"
	  "    (--nv | --out FILE) [--generation N] [--tcti T]\n"
	  "show [--tcti T] [--json]\n"
	  "check [--tcti T]\n"
	  "clear --yes [--tcti T]\n"
	  "identity-csr --serial SN --out F [--tcti T]\n"
	  "identity-install --certificate F [--chain F] [--tcti T]",
	  "The trust store sealed in the TPM, and the device key",
	  "enroll signs the store, seals its content key below the TPM's storage root key\n"
	  "under the PCR values that the named files will produce, and writes it to the TPM's\n"
	  "NV memory or a file.\n"
	  "\n"
	  "--in F           the store as JSON: serial, hardware-model, voucher-anchors, ...\n"
	  "--authority-key  the key whose public half lies in the initramfs (PEM; laboratory)\n"
	  "--sign-cmd P     signs instead: digest in hex on stdin, signature on stdout;\n"
	  "                 --authority F is its SubjectPublicKeyInfo (DER)\n"
	  "--kernel F       EFI-stub kernel started with a separate initrd: by QEMU's -kernel\n"
	  "                 (--qemu-memory MIB), by loaders (--loader F), by the firmware\n"
	  "                 (--boot-option); --append is the command line it receives\n"
	  "--uki F          unified kernel image\n"
	  "--pcr N=HEX      a register's value, instead of a prediction\n"
	  "--tcti T         device:/dev/tpmrm0 (default) or swtpm:host=H,port=N",
	  command_trust_run },
	{ "status", "[--json] [FILE]", "What the running or the last provisioning did",
	  "Of the run that goes on (/run/sztpboot/status.json), else of the one that installed\n"
	  "this system (/var/lib/sztpboot/result.json): stages, sources and what stopped them,\n"
	  "leases, proxies.\n"
	  "\n"
	  "--json  the file as it is; docs/status.md tells its members\n"
	  "FILE    one of those files from another place",
	  command_status_run },
	{ "help", "[COMMAND]", "This list, or more about one command", "", command_help_run },
	{ "man", "", "The manual page, as troff", "", command_man_run },
};
const size_t command_table_size = ARRAY_SIZE(command_table);

/* Secrets must not end in a core file or a foreign ptrace (KEY-4). */
static void protect_memory(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
	protect_memory();
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		command_help_run(1, argv);
		return error_exit_status(ERROR_USAGE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return command_help_run(argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0) {
		puts("sztpboot " CONFIG_VERSION);
		return 0;
	}
	for (size_t i = 0; i < command_table_size; i++) {
		const struct command *c = &command_table[i];

		if (strcmp(argv[1], c->name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--help") == 0)
			return command_help_run(2, (char *[]){ "help", argv[1], NULL });
		return c->run(argc - 1, argv + 1);
	}
	return command_usage("help", "there is no command `%s`", argv[1]);
}
