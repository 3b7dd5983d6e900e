/* SPDX-License-Identifier: MIT */
#include <tss2/tss2_tctildr.h>

/*
 * Esys_Initialize() refers to the TCTI loader for the case that it gets no transport.  We
 * always give one and link it directly (TPM-88), so these two only fail.  The file's name
 * is the prefix of what it exports, as everywhere.
 */

TSS2_RC Tss2_TctiLdr_Initialize(const char *name, TSS2_TCTI_CONTEXT **context)
{
	(void)name;
	(void)context;
	return TSS2_TCTI_RC_NOT_SUPPORTED;
}

void Tss2_TctiLdr_Finalize(TSS2_TCTI_CONTEXT **context)
{
	(void)context;
}
