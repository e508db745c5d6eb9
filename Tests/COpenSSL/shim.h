#pragma once
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/eventfd.h>

// Macros and callbacks of OpenSSL as functions that Swift can call.
static inline void tls_allow_from_1_2(SSL_CTX *_Nonnull context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
}

/// Lets every certificate through the handshake: what it is worth is judged by `tls_peer_is_verified`, because an API
/// server answers 401 to a certificate that it does not know.
static inline int tls_accept_any(int verified, X509_STORE_CTX *_Nullable store) {
  (void)verified;
  (void)store;
  return 1;
}
static inline void tls_ask_for_certificate(SSL_CTX *_Nonnull context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_accept_any);
  SSL_CTX_set_session_id_context(context, (const unsigned char *)"standin", 7);
}
static inline int tls_use_pem_files(SSL_CTX *_Nonnull context, const char *_Nonnull certificate,
                                    const char *_Nonnull key) {
  return SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
         SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1;
}
static inline int tls_peer_has_certificate(SSL *_Nonnull tls) {
  return SSL_get0_peer_certificate(tls) != NULL;
}
static inline int tls_peer_is_verified(SSL *_Nonnull tls) {
  return tls_peer_has_certificate(tls) && SSL_get_verify_result(tls) == X509_V_OK;
}
/// The bytes of the `index`th subject entry of the kind `nid` in `text`; their number, or -1 behind the last one.
static inline int tls_peer_subject(SSL *_Nonnull tls, int nid, int index, char *_Nonnull text,
                                   int capacity) {
  X509 *certificate = SSL_get0_peer_certificate(tls);
  if (!certificate) return -1;
  X509_NAME *name = X509_get_subject_name(certificate);
  int at = -1;
  for (int i = 0; i <= index; i++) {
    at = X509_NAME_get_index_by_NID(name, nid, at);
    if (at < 0) return -1;
  }
  ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  int length = ASN1_STRING_length(value);
  if (length > capacity) return -1;
  memcpy(text, ASN1_STRING_get0_data(value), length);
  return length;
}
static inline int tls_common_name(void) { return NID_commonName; }
static inline int tls_organization(void) { return NID_organizationName; }

/// An eventfd that is closed on exec and never blocks.
static inline int wake_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
