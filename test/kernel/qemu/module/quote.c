// SPDX-License-Identifier: GPL-2.0
/*
 * The answer of the host of a TD from the file tresor-tdx.bin: a quote of version 4, with zeros up to the size of the buffer that guest
 * and host share. Whoever asks with other report data gets the same quote with his own put in: right in form, and its signature wrong.
 */
#include <linux/firmware.h>
#include <linux/string.h>
#include "tee.h"

#define REPORT_DATA_OFFSET (48 + 520)

static const struct firmware *quote;

int load_quote(struct device *device)
{
	int error = request_firmware(&quote, "tresor-tdx.bin", device);

	if (error)
		return error;
	return quote->size == QUOTE_BYTES ? 0 : -EINVAL;
}

void drop_quote(void)
{
	release_firmware(quote);
	quote = NULL;
}

void fill_quote(u8 *out, const u8 *report_data)
{
	memcpy(out, quote->data, QUOTE_BYTES);
	memcpy(out + REPORT_DATA_OFFSET, report_data, REPORT_DATA_BYTES);
}
