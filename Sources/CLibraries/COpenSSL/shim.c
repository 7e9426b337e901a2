#define _GNU_SOURCE
#include "COpenSSL.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

EVP_PKEY *copenssl_rsa(const unsigned char *const parts[8], const size_t counts[8], int is_private) {
    static const char *const names[8] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,       OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    int used = is_private ? 8 : 2;
    BIGNUM *numbers[8] = {0};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = NULL;
    OSSL_PARAM *parameters = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    int good = builder != NULL;
    for (int i = 0; good && i < used; i++) {
        numbers[i] = BN_bin2bn(parts[i], (int)counts[i], NULL);
        good = numbers[i] != NULL && OSSL_PARAM_BLD_push_BN(builder, names[i], numbers[i]);
    }
    if (good) parameters = OSSL_PARAM_BLD_to_param(builder);
    if (parameters) context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (context && EVP_PKEY_fromdata_init(context) == 1) {
        int selection = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
        if (EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    for (int i = 0; i < used; i++) BN_clear_free(numbers[i]);
    ERR_clear_error();
    return key;
}

static const EVP_MD *md(const char *name) { return EVP_get_digestbyname(name); }

int copenssl_rsa_verify(EVP_PKEY *key, const char *digest, const unsigned char *signature, size_t signature_count,
                        const unsigned char *message, size_t message_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL;
    int good = context && EVP_DigestVerifyInit(context, &inner, md(digest), NULL, key) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PADDING) == 1 &&
               EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

int copenssl_rsa_sign(EVP_PKEY *key, const char *digest, const unsigned char *message, size_t message_count,
                      unsigned char *signature, size_t *signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL;
    int good = context && EVP_DigestSignInit(context, &inner, md(digest), NULL, key) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PADDING) == 1 &&
               EVP_DigestSign(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

int copenssl_hkdf(const char *digest, const unsigned char *secret, size_t secret_count, const unsigned char *salt,
                  size_t salt_count, const unsigned char *info, size_t info_count, unsigned char *out,
                  size_t out_count) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t count = out_count;
    int good = context && EVP_PKEY_derive_init(context) == 1 &&
               EVP_PKEY_CTX_set_hkdf_md(context, md(digest)) == 1 &&
               EVP_PKEY_CTX_set1_hkdf_salt(context, salt, (int)salt_count) == 1 &&
               EVP_PKEY_CTX_set1_hkdf_key(context, secret, (int)secret_count) == 1 &&
               EVP_PKEY_CTX_add1_hkdf_info(context, info, (int)info_count) == 1 &&
               EVP_PKEY_derive(context, out, &count) == 1 && count == out_count;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return good;
}

int copenssl_scrypt(const unsigned char *passphrase, size_t passphrase_count, const unsigned char *salt,
                    size_t salt_count, unsigned long long cost, unsigned long long block, unsigned long long parallel,
                    unsigned char *out, size_t out_count) {
    // Its table and its blocks (RFC 7914 section 2), and a little for the book-keeping.
    uint64_t room = 128 * block * (cost + parallel + 2) + (1 << 20);
    int good = EVP_PBE_scrypt((const char *)passphrase, passphrase_count, salt, salt_count, cost, block, parallel,
                              room, out, out_count) == 1;
    ERR_clear_error();
    return good;
}

void *copenssl_locked(size_t count, int *is_locked) {
    void *block = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    // A small RLIMIT_MEMLOCK must not stop a wallet; whoever runs it is told (purserd key status).
    *is_locked = mlock(block, count) == 0;
    (void)madvise(block, count, MADV_DONTDUMP);
    (void)madvise(block, count, MADV_WIPEONFORK);
    return block;
}

void copenssl_release(void *block, size_t count) {
    OPENSSL_cleanse(block, count);
    (void)munmap(block, count);
}

// Nobody is asked for a passphrase: a daemon has no terminal.
static int no_passphrase(char *room, int count, int writing, void *asked) {
    (void)room;
    (void)count;
    (void)writing;
    *(int *)asked = 1;
    return -1;
}

int copenssl_pair(const unsigned char *certificate, size_t certificate_count, const unsigned char *key,
                  size_t key_count, long long *ends) {
    int asked = 0, outcome = 0;
    BIO *certificates = BIO_new_mem_buf(certificate, (int)certificate_count);
    BIO *keys = BIO_new_mem_buf(key, (int)key_count);
    X509 *first = certificates ? PEM_read_bio_X509(certificates, NULL, no_passphrase, &asked) : NULL;
    EVP_PKEY *pair = keys ? PEM_read_bio_PrivateKey(keys, NULL, no_passphrase, &asked) : NULL;
    struct tm tm;
    if (!first || ASN1_TIME_to_tm(X509_get0_notAfter(first), &tm) != 1)
        outcome = 1;
    else if (!pair)
        outcome = asked ? 3 : 2;
    else if (X509_check_private_key(first, pair) != 1)
        outcome = 4;
    else
        *ends = (long long)timegm(&tm);
    X509_free(first);
    EVP_PKEY_free(pair);
    BIO_free(certificates);
    BIO_free(keys);
    ERR_clear_error();
    return outcome;
}
