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

// A public key on a named curve, or with `secret` the whole pair; NULL: off the curve, or not a pair.
EVP_PKEY *copenssl_ec(const char *group, const unsigned char *x, const unsigned char *y, size_t count,
                      const unsigned char *secret, size_t secret_count);

// How many certificates a PEM text holds; 0: none, or one that cannot be read.
int copenssl_certificates(const unsigned char *pem, size_t count);

// A private EC key from its number alone: the point is worked out. NULL: zero, too large, no such curve.
EVP_PKEY *copenssl_ec_private(const char *group, const unsigned char *secret, size_t count);

// An Ed25519 or Ed448 key from its raw bytes (RFC 8032); NULL: refused.
EVP_PKEY *copenssl_okp(const char *curve, const unsigned char *bytes, size_t count, int is_private);

// A new key: "EC" with a group, "RSA" with bits, "ED25519" or "ED448" with neither.
EVP_PKEY *copenssl_generate(const char *kind, const char *group, size_t bits);

// The public numbers, big-endian: n and e, x and y (as long as the counts say), or the raw public key. 1 or 0.
int copenssl_numbers(EVP_PKEY *key, unsigned char *first, size_t *first_count, unsigned char *second,
                     size_t *second_count);

// A private key as PKCS#8 (RFC 5958), in a block that `copenssl_forget` wipes and frees; and back. NULL: not one.
unsigned char *copenssl_pkcs8(EVP_PKEY *key, size_t *count);
void copenssl_forget(unsigned char *bytes, size_t count);
EVP_PKEY *copenssl_from_pkcs8(const unsigned char *bytes, size_t count);

// Whether a key is of this kind and, where given, on this curve.
int copenssl_is(EVP_PKEY *key, const char *kind, const char *group);

// Signatures with a digest (NULL: the key's own, Ed25519 and Ed448) and a padding: 0 none, 1 PKCS#1 v1.5, 2 PSS.
int copenssl_verify(EVP_PKEY *key, const char *digest, int padding, const unsigned char *signature,
                    size_t signature_count, const unsigned char *message, size_t message_count);
int copenssl_sign(EVP_PKEY *key, const char *digest, int padding, const unsigned char *message, size_t message_count,
                  unsigned char *signature, size_t *signature_count);

// ECDSA with the signature as r and s, `half` bytes each (RFC 7518 3.4).
int copenssl_ec_verify(EVP_PKEY *key, const char *digest, const unsigned char *signature, size_t half,
                       const unsigned char *message, size_t message_count);
int copenssl_ec_sign(EVP_PKEY *key, const char *digest, const unsigned char *message, size_t message_count,
                     unsigned char *signature, size_t half);

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
// does, in seconds since 1970; 1 there is no certificate; 2 no key; 3 the key is encrypted; 4 they are strangers;
// 5 the key is weaker than 112 bits of security, which RSA has from 2048 bits on and an elliptic curve from 224.
int copenssl_pair(const unsigned char *certificate, size_t certificate_count, const unsigned char *key,
                  size_t key_count, long long *ends);

#endif
