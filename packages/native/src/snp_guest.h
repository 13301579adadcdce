// Structures of /dev/sev-guest (Linux include/uapi/linux/sev-guest.h) and of the firmware's answers in them (AMD 56860 rev 1.58, §7).
#pragma once

#include <sys/ioctl.h>

#include <cstdint>

#include "failure.h"

namespace tresor {

struct SnpGuestRequest {
  uint8_t msgVersion;
  uint8_t padding[7];
  uint64_t requestAddress;
  uint64_t responseAddress;
  uint32_t fwError;
  uint32_t vmmError;
};
static_assert(sizeof(SnpGuestRequest) == 32);

struct SnpReportRequest {
  uint8_t reportData[64];
  uint32_t vmpl;
  uint8_t reserved[28];
};
static_assert(sizeof(SnpReportRequest) == 96);

struct SnpExtendedReportRequest {
  SnpReportRequest report;
  uint64_t certificatesAddress;
  uint32_t certificatesLength;
  uint8_t padding[4];
};
static_assert(sizeof(SnpExtendedReportRequest) == 112);

struct SnpReportResponse {
  uint32_t status;
  uint32_t reportSize;
  uint8_t reserved[24];
  uint8_t report[3968];
};
static_assert(sizeof(SnpReportResponse) == 4000);

/** MSG_KEY_REQ. Version 1 of the message ends before the vector, and so does the structure that its drivers copy. */
struct SnpDerivedKeyRequest {
  uint32_t rootKeySelect;
  uint32_t reserved;
  uint64_t guestFieldSelect;
  uint32_t vmpl;
  uint32_t guestSvn;
  uint64_t tcbVersion;
  uint64_t launchMitVector;
};
static_assert(sizeof(SnpDerivedKeyRequest) == 40);

struct SnpDerivedKeyResponse {
  uint32_t status;
  uint8_t reserved[28];
  uint8_t key[32];
};
static_assert(sizeof(SnpDerivedKeyResponse) == 64);

constexpr unsigned long kSnpGetReport = _IOWR('S', 0, SnpGuestRequest);
constexpr unsigned long kSnpGetDerivedKey = _IOWR('S', 1, SnpGuestRequest);
constexpr unsigned long kSnpGetExtendedReport = _IOWR('S', 2, SnpGuestRequest);
static_assert(kSnpGetReport == 0xC0205300 && kSnpGetDerivedKey == 0xC0205301 && kSnpGetExtendedReport == 0xC0205302);

struct SnpCommand {
  unsigned long number;
  const char* name;
  uint8_t msgVersion = 1;
};

/** Sends one message to the firmware. A failure of the call carries exitinfo2. */
Failure SendSnpMessage(const SnpCommand& command, const void* request, void* response);

/** The failure that stands inside an answer: the call itself has succeeded. None for status 0. */
Failure SnpStatus(const SnpCommand& command, uint32_t status);

}  // namespace tresor
