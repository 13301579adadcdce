// See openssl.h; the functions are those of OpenSSL 3.
#include "openssl.h"

// Weak: null where the program that loads the addon does not export them.
extern "C" {
#define WEAK [[gnu::weak]]
WEAK unsigned OPENSSL_version_major();
WEAK tresor::EvpCipher* EVP_CIPHER_fetch(void*, const char*, const char*);
WEAK tresor::EvpDigest* EVP_MD_fetch(void*, const char*, const char*);
WEAK tresor::EvpCipherContext* EVP_CIPHER_CTX_new();
WEAK void EVP_CIPHER_CTX_free(tresor::EvpCipherContext*);
WEAK int EVP_CIPHER_CTX_ctrl(tresor::EvpCipherContext*, int, int, void*);
WEAK int EVP_EncryptInit_ex2(tresor::EvpCipherContext*, const tresor::EvpCipher*, const uint8_t*, const uint8_t*, const void*);
WEAK int EVP_EncryptUpdate(tresor::EvpCipherContext*, uint8_t*, int*, const uint8_t*, int);
WEAK int EVP_EncryptFinal_ex(tresor::EvpCipherContext*, uint8_t*, int*);
WEAK int EVP_DecryptInit_ex2(tresor::EvpCipherContext*, const tresor::EvpCipher*, const uint8_t*, const uint8_t*, const void*);
WEAK int EVP_DecryptUpdate(tresor::EvpCipherContext*, uint8_t*, int*, const uint8_t*, int);
WEAK int EVP_DecryptFinal_ex(tresor::EvpCipherContext*, uint8_t*, int*);
WEAK tresor::EvpDigestContext* EVP_MD_CTX_new();
WEAK void EVP_MD_CTX_free(tresor::EvpDigestContext*);
WEAK int EVP_DigestInit_ex2(tresor::EvpDigestContext*, const tresor::EvpDigest*, const void*);
WEAK int EVP_DigestUpdate(tresor::EvpDigestContext*, const void*, size_t);
WEAK int EVP_DigestFinal_ex(tresor::EvpDigestContext*, uint8_t*, unsigned*);
WEAK int ERR_set_mark();
WEAK int ERR_pop_to_mark();
#undef WEAK
}

namespace tresor {
namespace {

/** What this was written against. Others (BoringSSL in Electron) have some of the names and not this one. */
constexpr unsigned kVersionMajor = 3;

template <typename Function>
bool Find(Function* exported, Function*& function) {
  function = exported;
  return function != nullptr;
}

bool FindFunctions(OpenSsl& ssl) {
  return Find(OPENSSL_version_major, ssl.versionMajor) && Find(EVP_CIPHER_fetch, ssl.cipherFetch) &&
         Find(EVP_MD_fetch, ssl.digestFetch) && Find(EVP_CIPHER_CTX_new, ssl.cipherContextNew) &&
         Find(EVP_CIPHER_CTX_free, ssl.cipherContextFree) && Find(EVP_CIPHER_CTX_ctrl, ssl.cipherContextControl) &&
         Find(EVP_EncryptInit_ex2, ssl.encryptInit) && Find(EVP_EncryptUpdate, ssl.encryptUpdate) &&
         Find(EVP_EncryptFinal_ex, ssl.encryptFinal) && Find(EVP_DecryptInit_ex2, ssl.decryptInit) &&
         Find(EVP_DecryptUpdate, ssl.decryptUpdate) && Find(EVP_DecryptFinal_ex, ssl.decryptFinal) &&
         Find(EVP_MD_CTX_new, ssl.digestContextNew) && Find(EVP_MD_CTX_free, ssl.digestContextFree) &&
         Find(EVP_DigestInit_ex2, ssl.digestInit) && Find(EVP_DigestUpdate, ssl.digestUpdate) &&
         Find(EVP_DigestFinal_ex, ssl.digestFinal) && Find(ERR_set_mark, ssl.errorSetMark) &&
         Find(ERR_pop_to_mark, ssl.errorPopToMark);
}

bool FetchAlgorithms(OpenSsl& ssl) {
  ssl.errorSetMark();
  ssl.aes256Gcm = ssl.cipherFetch(nullptr, "AES-256-GCM", nullptr);
  ssl.chacha20Poly1305 = ssl.cipherFetch(nullptr, "ChaCha20-Poly1305", nullptr);
  ssl.sha512 = ssl.digestFetch(nullptr, "SHA2-512", nullptr);
  ssl.errorPopToMark();
  return ssl.aes256Gcm != nullptr && ssl.chacha20Poly1305 != nullptr && ssl.sha512 != nullptr;
}

OpenSsl Load() {
  OpenSsl ssl;
  if (!FindFunctions(ssl)) {
    ssl.obstacle = "this program does not export the functions of OpenSSL 3";
  } else if (ssl.versionMajor() != kVersionMajor) {
    ssl.obstacle = "the OpenSSL of this program is not version 3";
  } else if (!FetchAlgorithms(ssl)) {
    ssl.obstacle = "the OpenSSL of this program does not offer AES-256-GCM, ChaCha20-Poly1305 and SHA-512";
  }
  return ssl;
}

}  // namespace

const OpenSsl& OpenSsl::Get() {
  static const OpenSsl ssl = Load();
  return ssl;
}

}  // namespace tresor
