// SPDX-License-Identifier: GPL-2.0
/*
 * Answers of the firmware from the file tresor-tee.bin: u32 number of reports, u32 length of the certificate table (both little
 * endian), the reports of 1184 bytes each, the table. A report is given to whoever asks with its report data and VMPL. Others get
 * the first one with their own put in: right in form, and its signature then wrong.
 */
#include <linux/firmware.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include "tee.h"

#define HEADER_BYTES 8
#define VMPL_OFFSET 0x30
#define REPORT_DATA_OFFSET 0x50

static const struct firmware *answers;
static u32 reports;
static u32 table_bytes;

int load_answers(struct device *device)
{
	int error = request_firmware(&answers, "tresor-tee.bin", device);

	if (error)
		return error;
	if (answers->size < HEADER_BYTES + REPORT_BYTES)
		return -EINVAL;
	reports = get_unaligned_le32(answers->data);
	table_bytes = get_unaligned_le32(answers->data + 4);
	if (reports == 0 || reports > 64)
		return -EINVAL;
	return answers->size == HEADER_BYTES + (size_t)reports * REPORT_BYTES + table_bytes ? 0 : -EINVAL;
}

void drop_answers(void)
{
	release_firmware(answers);
	answers = NULL;
}

static const u8 *report_at(u32 index)
{
	return answers->data + HEADER_BYTES + (size_t)index * REPORT_BYTES;
}

/* The status of the firmware. */
u32 fill_report(u8 *report, const u8 *report_data, u32 vmpl)
{
	if (vmpl > 3)
		return FIRMWARE_INVALID_PARAMETERS;
	for (u32 i = 0; i < reports; i++) {
		const u8 *known = report_at(i);

		if (memcmp(known + REPORT_DATA_OFFSET, report_data, REPORT_DATA_BYTES) ||
		    get_unaligned_le32(known + VMPL_OFFSET) != vmpl)
			continue;
		memcpy(report, known, REPORT_BYTES);
		return 0;
	}
	memcpy(report, report_at(0), REPORT_BYTES);
	memcpy(report + REPORT_DATA_OFFSET, report_data, REPORT_DATA_BYTES);
	put_unaligned_le32(vmpl, report + VMPL_OFFSET);
	return 0;
}

const u8 *certificate_table(size_t *length)
{
	*length = table_bytes;
	return report_at(reports);
}
