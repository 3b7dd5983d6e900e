/* SPDX-License-Identifier: MIT */
/*
 * How tpm2-tss looks up the address of a TPM simulator: numbers and "localhost" only.  The C
 * library's resolver would be 13 KB of the agent, and no device asks the network for its TPM.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static int numeric_address(const char *host, const char *port, const struct addrinfo *hints,
			   struct addrinfo **list)
{
	static struct sockaddr_in at;
	static struct addrinfo found;

	(void)hints;
	at.sin_family = AF_INET;
	at.sin_port = htons((unsigned short)atoi(port));
	if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &at.sin_addr) != 1)
		return EAI_NONAME;
	found.ai_family = AF_INET;
	found.ai_addr = (struct sockaddr *)&at;
	found.ai_addrlen = sizeof(at);
	*list = &found;
	return 0;
}

#define getaddrinfo numeric_address
#define freeaddrinfo(list) ((void)(list))
