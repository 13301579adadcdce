// One AES-256-GCM message of any size through the EVP functions that Node exports: what no cutting into chunks can be faster than. Built by
// the benchmark that uses it, and by nothing else.
#include <node_api.h>

typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
EVP_CIPHER_CTX* EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX*);
const EVP_CIPHER* EVP_aes_256_gcm(void);
int EVP_CipherInit_ex(EVP_CIPHER_CTX*, const EVP_CIPHER*, void*, const unsigned char*, const unsigned char*, int);
int EVP_CipherUpdate(EVP_CIPHER_CTX*, unsigned char*, int*, const unsigned char*, int);
int EVP_CipherFinal_ex(EVP_CIPHER_CTX*, unsigned char*, int*);
int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX*, int, int, void*);

static const unsigned char key[32] = {1};
static const unsigned char nonce[12] = {2};

/** limit(encrypts, in, out): `in` without its tag, `out` as long. True. */
static napi_value Limit(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value args[3], result;
  bool encrypts;
  void *in, *out;
  size_t length;
  unsigned char tag[16] = {0};
  int size = 0;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  napi_get_value_bool(env, args[0], &encrypts);
  napi_get_typedarray_info(env, args[1], NULL, &length, &in, NULL, NULL);
  napi_get_typedarray_info(env, args[2], NULL, NULL, &out, NULL, NULL);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, encrypts);
  int done = EVP_CipherUpdate(context, out, &size, in, (int)length);
  if (encrypts) {
    done &= EVP_CipherFinal_ex(context, tag, &size);
    EVP_CIPHER_CTX_ctrl(context, 0x10, 16, tag);
  }
  EVP_CIPHER_CTX_free(context);
  napi_get_boolean(env, done == 1, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "limit", NAPI_AUTO_LENGTH, Limit, NULL, &function);
  return function;
}
