// The functions of OpenSSL that the program which loads this addon exports: Node has them in its own file. Nothing is linked; where one is
// missing, or where it is another library with the same names, bulk encryption is not there, and says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tresor {

// Types that only OpenSSL looks into.
struct EvpCipher;
struct EvpCipherContext;
struct EvpDigest;
struct EvpDigestContext;

struct OpenSsl {
  unsigned (*versionMajor)() = nullptr;
  EvpCipher* (*cipherFetch)(void* library, const char* name, const char* properties) = nullptr;
  EvpDigest* (*digestFetch)(void* library, const char* name, const char* properties) = nullptr;
  EvpCipherContext* (*cipherContextNew)() = nullptr;
  void (*cipherContextFree)(EvpCipherContext*) = nullptr;
  int (*cipherContextControl)(EvpCipherContext*, int type, int argument, void* pointer) = nullptr;
  int (*encryptInit)(EvpCipherContext*, const EvpCipher*, const uint8_t* key, const uint8_t* iv, const void*) = nullptr;
  int (*encryptUpdate)(EvpCipherContext*, uint8_t* out, int* outSize, const uint8_t* in, int inSize) = nullptr;
  int (*encryptFinal)(EvpCipherContext*, uint8_t* out, int* outSize) = nullptr;
  int (*decryptInit)(EvpCipherContext*, const EvpCipher*, const uint8_t* key, const uint8_t* iv, const void*) = nullptr;
  int (*decryptUpdate)(EvpCipherContext*, uint8_t* out, int* outSize, const uint8_t* in, int inSize) = nullptr;
  int (*decryptFinal)(EvpCipherContext*, uint8_t* out, int* outSize) = nullptr;
  EvpDigestContext* (*digestContextNew)() = nullptr;
  void (*digestContextFree)(EvpDigestContext*) = nullptr;
  int (*digestInit)(EvpDigestContext*, const EvpDigest*, const void*) = nullptr;
  int (*digestUpdate)(EvpDigestContext*, const void*, size_t) = nullptr;
  int (*digestFinal)(EvpDigestContext*, uint8_t* out, unsigned* outSize) = nullptr;
  int (*errorSetMark)() = nullptr;
  int (*errorPopToMark)() = nullptr;

  // Fetched once, for all threads. Never given back: they live as long as the process.
  const EvpCipher* aes256Gcm = nullptr;
  const EvpCipher* chacha20Poly1305 = nullptr;
  const EvpDigest* sha512 = nullptr;

  /** Why it cannot be used; null where it can. */
  const char* obstacle = nullptr;

  /** The same for the whole process; found at the first call. */
  static const OpenSsl& Get();
};

/**
 * Leaves this thread's queue of errors as it was. The thread is Node's as well, and Node 20 ends the process when a job of WebCrypto finds
 * an error in the queue that is not its own.
 */
class ErrorMark {
 public:
  ErrorMark() { OpenSsl::Get().errorSetMark(); }
  ~ErrorMark() { OpenSsl::Get().errorPopToMark(); }
  ErrorMark(const ErrorMark&) = delete;
  ErrorMark& operator=(const ErrorMark&) = delete;
};

struct CipherContextFree {
  void operator()(EvpCipherContext* context) const { OpenSsl::Get().cipherContextFree(context); }
};
/** Zeroes its key when it is freed. */
using CipherContext = std::unique_ptr<EvpCipherContext, CipherContextFree>;

struct DigestContextFree {
  void operator()(EvpDigestContext* context) const { OpenSsl::Get().digestContextFree(context); }
};
using DigestContext = std::unique_ptr<EvpDigestContext, DigestContextFree>;

}  // namespace tresor
