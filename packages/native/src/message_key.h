// From the key of a store to the key of one Cobblestone-256 message (c2sp.org/chunked-encryption, key derivation).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace tresor {

constexpr size_t kSaltSize = 24;
constexpr size_t kCommitmentSize = 32;
constexpr size_t kMessageHeaderSize = kSaltSize + kCommitmentSize;
constexpr size_t kMaxExpand = 128;

/** HKDF-Expand with SHA-512 (RFC 5869 §2.3) of at most kMaxExpand bytes; the info is all parts together. False for want of memory. */
bool Expand(std::span<const uint8_t> key, std::initializer_list<std::span<const uint8_t>> info, std::span<uint8_t> out);

/** `secret` receives key and base nonce, 44 bytes. */
bool DeriveMessageKey(std::span<const uint8_t> key, std::span<const uint8_t> context, std::span<const uint8_t> salt,
                      std::span<uint8_t> secret, std::span<uint8_t> commitment);

}  // namespace tresor
