// OpenSSL's libcrypto, and what Swift cannot see of it: function-like macros.
#ifndef PURSER_COPENSSL_H
#define PURSER_COPENSSL_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

// A public or private RSA key from its numbers, big-endian; all six private ones or only n and e. NULL: refused.
EVP_PKEY *copenssl_rsa(const unsigned char *const parts[8], const size_t counts[8], int is_private);

// PKCS#1 v1.5 with a SHA-2 digest: 1 when the signature holds, 0 when not, and signing into a malloc'd buffer.
int copenssl_rsa_verify(EVP_PKEY *key, const char *digest, const unsigned char *signature, size_t signature_count,
                        const unsigned char *message, size_t message_count);
int copenssl_rsa_sign(EVP_PKEY *key, const char *digest, const unsigned char *message, size_t message_count,
                      unsigned char *signature, size_t *signature_count);

// HKDF (RFC 5869); 1 or 0.
int copenssl_hkdf(const char *digest, const unsigned char *secret, size_t secret_count, const unsigned char *salt,
                  size_t salt_count, const unsigned char *info, size_t info_count, unsigned char *out,
                  size_t out_count);

// scrypt (RFC 7914) with room for its working memory; 1 or 0.
int copenssl_scrypt(const unsigned char *passphrase, size_t passphrase_count, const unsigned char *salt,
                    size_t salt_count, unsigned long long cost, unsigned long long block, unsigned long long parallel,
                    unsigned char *out, size_t out_count);

// A page-aligned block that is not dumped or inherited, nor swapped as far as RLIMIT_MEMLOCK lets it: *is_locked says
// whether it is locked. NULL with errno. `count` bytes are usable.
void *copenssl_locked(size_t count, int *is_locked);
void copenssl_release(void *block, size_t count);

// What a certificate and a key, both PEM, are to each other: 0 they belong together, and `ends` is when the certificate
// does, in seconds since 1970; 1 there is no certificate; 2 no key; 3 the key is encrypted; 4 they are strangers.
int copenssl_pair(const unsigned char *certificate, size_t certificate_count, const unsigned char *key,
                  size_t key_count, long long *ends);

#endif
