#define _GNU_SOURCE
#include "COpenSSL.h"

#include <limits.h>

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

// The padding of an RSA signature; PSS with a salt as long as the digest and MGF1 over the same digest (RFC 7518 3.5).
static int padded(EVP_PKEY_CTX *context, int padding) {
    if (padding == 0) return 1;
    if (EVP_PKEY_CTX_set_rsa_padding(context, padding == 1 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING) != 1) return 0;
    return padding == 1 || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

int copenssl_verify(EVP_PKEY *key, const char *digest, int padding, const unsigned char *signature,
                    size_t signature_count, const unsigned char *message, size_t message_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL;
    int good = context && EVP_DigestVerifyInit(context, &inner, digest ? md(digest) : NULL, NULL, key) == 1 &&
               padded(inner, padding) &&
               EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

int copenssl_sign(EVP_PKEY *key, const char *digest, int padding, const unsigned char *message, size_t message_count,
                  unsigned char *signature, size_t *signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL;
    int good = context && EVP_DigestSignInit(context, &inner, digest ? md(digest) : NULL, NULL, key) == 1 &&
               padded(inner, padding) &&
               EVP_DigestSign(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

int copenssl_ec_verify(EVP_PKEY *key, const char *digest, const unsigned char *signature, size_t half,
                       const unsigned char *message, size_t message_count) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)half, NULL), *s = BN_bin2bn(signature + half, (int)half, NULL);
    unsigned char *der = NULL;
    int good = 0;
    // From here on the pair owns both numbers.
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;
        int count = i2d_ECDSA_SIG(pair, &der);
        good = count > 0 && copenssl_verify(key, digest, 0, der, (size_t)count, message, message_count);
    }
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    ERR_clear_error();
    return good;
}

int copenssl_ec_sign(EVP_PKEY *key, const char *digest, const unsigned char *message, size_t message_count,
                     unsigned char *signature, size_t half) {
    unsigned char der[160];
    size_t count = sizeof der;
    if (!copenssl_sign(key, digest, 0, message, message_count, der, &count)) return 0;
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)count);
    int good = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, (int)half) == (int)half &&
               BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, (int)half) == (int)half;
    ECDSA_SIG_free(pair);
    ERR_clear_error();
    return good;
}

EVP_PKEY *copenssl_ec(const char *group, const unsigned char *x, const unsigned char *y, size_t count,
                      const unsigned char *secret, size_t secret_count) {
    unsigned char point[1 + 2 * 66];
    if (count > 66) return NULL;
    point[0] = 4;
    memcpy(point + 1, x, count);
    memcpy(point + 1 + count, y, count);
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = NULL, *check = NULL;
    OSSL_PARAM *parameters = NULL;
    BIGNUM *number = secret ? BN_bin2bn(secret, (int)secret_count, BN_secure_new()) : NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    int good = builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
               OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * count) &&
               (!secret || (number && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number)));
    if (good) parameters = OSSL_PARAM_BLD_to_param(builder);
    if (parameters) context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context && EVP_PKEY_fromdata_init(context) == 1) {
        int selection = secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
        if (EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) key = NULL;
    }
    // On the curve, not at infinity, of the right order; a secret must be the point's own.
    if (key) check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!check || EVP_PKEY_public_check(check) != 1 || (secret && EVP_PKEY_pairwise_check(check) != 1)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_clear_free(number);
    ERR_clear_error();
    return key;
}

EVP_PKEY *copenssl_ec_private(const char *group, const unsigned char *secret, size_t count) {
    unsigned char point[1 + 2 * 66];
    EVP_PKEY *key = NULL;
    EC_GROUP *curve = count <= 66 ? EC_GROUP_new_by_curve_name(OBJ_txt2nid(group)) : NULL;
    BIGNUM *number = BN_bin2bn(secret, (int)count, BN_secure_new());
    EC_POINT *product = curve ? EC_POINT_new(curve) : NULL;
    if (number && product && !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(curve)) < 0) {
        BN_set_flags(number, BN_FLG_CONSTTIME);
        if (EC_POINT_mul(curve, product, number, NULL, NULL, NULL) == 1 &&
            EC_POINT_point2oct(curve, product, POINT_CONVERSION_UNCOMPRESSED, point, 1 + 2 * count, NULL) ==
                1 + 2 * count)
            key = copenssl_ec(group, point + 1, point + 1 + count, count, secret, count);
    }
    EC_POINT_free(product);
    BN_clear_free(number);
    EC_GROUP_free(curve);
    ERR_clear_error();
    return key;
}

EVP_PKEY *copenssl_okp(const char *curve, const unsigned char *bytes, size_t count, int is_private) {
    EVP_PKEY *key = is_private ? EVP_PKEY_new_raw_private_key_ex(NULL, curve, NULL, bytes, count)
                               : EVP_PKEY_new_raw_public_key_ex(NULL, curve, NULL, bytes, count);
    ERR_clear_error();
    return key;
}

EVP_PKEY *copenssl_generate(const char *kind, const char *group, size_t bits) {
    EVP_PKEY *key = group  ? EVP_PKEY_Q_keygen(NULL, NULL, kind, group)
                    : bits ? EVP_PKEY_Q_keygen(NULL, NULL, kind, bits)
                           : EVP_PKEY_Q_keygen(NULL, NULL, kind);
    ERR_clear_error();
    return key;
}

int copenssl_numbers(EVP_PKEY *key, unsigned char *first, size_t *first_count, unsigned char *second,
                     size_t *second_count) {
    BIGNUM *a = NULL, *b = NULL;
    int good = 0;
    int is_rsa = EVP_PKEY_is_a(key, "RSA");
    const char *one = is_rsa ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_EC_PUB_X;
    const char *other = is_rsa ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_EC_PUB_Y;
    if (is_rsa || EVP_PKEY_is_a(key, "EC")) {
        good = EVP_PKEY_get_bn_param(key, one, &a) == 1 && EVP_PKEY_get_bn_param(key, other, &b) == 1;
        if (good && is_rsa) {
            *first_count = (size_t)BN_num_bytes(a);
            *second_count = (size_t)BN_num_bytes(b);
        }
        good = good && BN_bn2binpad(a, first, (int)*first_count) >= 0 &&
               BN_bn2binpad(b, second, (int)*second_count) >= 0;
    } else {
        *second_count = 0;
        good = EVP_PKEY_get_raw_public_key(key, first, first_count) == 1;
    }
    BN_free(a);
    BN_free(b);
    ERR_clear_error();
    return good;
}

unsigned char *copenssl_pkcs8(EVP_PKEY *key, size_t *count) {
    PKCS8_PRIV_KEY_INFO *outer = EVP_PKEY2PKCS8(key);
    unsigned char *out = NULL;
    int written = outer ? i2d_PKCS8_PRIV_KEY_INFO(outer, &out) : -1;
    PKCS8_PRIV_KEY_INFO_free(outer);
    ERR_clear_error();
    if (written <= 0) return NULL;
    *count = (size_t)written;
    return out;
}

void copenssl_forget(unsigned char *bytes, size_t count) { OPENSSL_clear_free(bytes, count); }

EVP_PKEY *copenssl_from_pkcs8(const unsigned char *bytes, size_t count) {
    const unsigned char *at = bytes;
    PKCS8_PRIV_KEY_INFO *outer = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)count);
    EVP_PKEY *key = outer && at == bytes + count ? EVP_PKCS82PKEY(outer) : NULL;
    PKCS8_PRIV_KEY_INFO_free(outer);
    ERR_clear_error();
    return key;
}

int copenssl_is(EVP_PKEY *key, const char *kind, const char *group) {
    char found[64];
    size_t count = 0;
    int good = EVP_PKEY_is_a(key, kind) == 1;
    if (good && group) good = EVP_PKEY_get_group_name(key, found, sizeof found, &count) == 1 && !strcmp(found, group);
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
    else if (EVP_PKEY_get_security_bits(pair) < 112)
        outcome = 5;
    else
        *ends = (long long)timegm(&tm);
    X509_free(first);
    EVP_PKEY_free(pair);
    BIO_free(certificates);
    BIO_free(keys);
    ERR_clear_error();
    return outcome;
}

int copenssl_certificates(const unsigned char *pem, size_t count) {
    int found = 0;
    BIO *source = count <= INT_MAX ? BIO_new_mem_buf(pem, (int)count) : NULL;
    if (!source) return 0;
    for (X509 *one; (one = PEM_read_bio_X509(source, NULL, NULL, NULL)); X509_free(one)) found++;
    // The end of the text is the only error there should be.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) found = 0;
    BIO_free(source);
    ERR_clear_error();
    return found;
}
