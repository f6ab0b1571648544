/*
 * The C side of the SRTP bench: libsrtp's processor time per packet, for the requests run.mjs writes on standard input:
 *
 *   <rtp|rtcp> <profile name> <protect|unprotect> <payload bytes> <milliseconds>        answered by nanoseconds per packet, or "unsupported"
 *
 * One SSRC, packets in order, in place, each in memory of its own. Build: cc -O2 libsrtp-bench.c -lsrtp2
 */
#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH 256
#define ROOM 2048
#define SSRC 0x11223344u

static uint8_t key[SRTP_MAX_KEY_LEN];
static uint8_t packets[BATCH][ROOM] __attribute__((aligned(16)));

static int choose(const char *profile, srtp_crypto_policy_t *rtp, srtp_crypto_policy_t *rtcp) {
  if (!strcmp(profile, "SRTP_AES128_CM_HMAC_SHA1_80")) {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtcp);
  } else if (!strcmp(profile, "SRTP_AES128_CM_HMAC_SHA1_32")) {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtcp);
  } else if (!strcmp(profile, "SRTP_AES256_CM_HMAC_SHA1_80")) {
    srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtp);
    srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtcp);
  } else if (!strcmp(profile, "SRTP_AEAD_AES_128_GCM")) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(rtcp);
  } else if (!strcmp(profile, "SRTP_AEAD_AES_256_GCM")) {
    srtp_crypto_policy_set_aes_gcm_256_16_auth(rtp);
    srtp_crypto_policy_set_aes_gcm_256_16_auth(rtcp);
  } else {
    return -1;
  }
  return 0;
}

static srtp_t open_session(const char *profile, srtp_ssrc_type_t direction) {
  srtp_policy_t policy;
  srtp_t session;
  memset(&policy, 0, sizeof policy);
  if (choose(profile, &policy.rtp, &policy.rtcp)) return NULL;
  policy.ssrc.type = direction;
  policy.key = key;
  policy.window_size = 1024;
  return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

static double cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static int write_packet(uint8_t *packet, int rtcp, int size, unsigned sequence) {
  uint32_t ssrc = htonl(SSRC);
  if (rtcp) {
    packet[0] = 0x80;
    packet[1] = 200;
    packet[2] = (uint8_t)((size / 4 + 1) >> 8);
    packet[3] = (uint8_t)(size / 4 + 1);
    memcpy(packet + 4, &ssrc, 4);
    return 8 + size;
  }
  memset(packet, 0, 12);
  packet[0] = 0x80;
  packet[1] = 96;
  packet[2] = (uint8_t)(sequence >> 8);
  packet[3] = (uint8_t)sequence;
  memcpy(packet + 8, &ssrc, 4);
  return 12 + size;
}

/* Nanoseconds per packet, or -1. */
static double measure(int rtcp, const char *profile, int opening, int size, double milliseconds) {
  srtp_t sender = open_session(profile, ssrc_any_outbound);
  srtp_t receiver = open_session(profile, ssrc_any_inbound);
  double spent = 0;
  long count = 0;
  unsigned sequence = 1;
  int lengths[BATCH];
  if (sender == NULL || receiver == NULL) return -1;
  while (spent < milliseconds * 1e6) {
    for (int i = 0; i < BATCH; i++) lengths[i] = write_packet(packets[i], rtcp, size, sequence++);
    double began = cpu_ns();
    for (int i = 0; i < BATCH; i++) {
      srtp_err_status_t status = rtcp ? srtp_protect_rtcp(sender, packets[i], &lengths[i]) : srtp_protect(sender, packets[i], &lengths[i]);
      if (status) return -1;
    }
    if (opening) {
      began = cpu_ns();
      for (int i = 0; i < BATCH; i++) {
        srtp_err_status_t status = rtcp ? srtp_unprotect_rtcp(receiver, packets[i], &lengths[i]) : srtp_unprotect(receiver, packets[i], &lengths[i]);
        if (status) return -1;
      }
    }
    spent += cpu_ns() - began;
    count += BATCH;
  }
  srtp_dealloc(sender);
  srtp_dealloc(receiver);
  return spent / count;
}

int main(void) {
  char protocol[8], profile[64], operation[16];
  int size;
  double milliseconds;
  for (unsigned i = 0; i < sizeof key; i++) key[i] = (uint8_t)(i * 7);
  if (srtp_init()) return 1;
  printf("%s\n", srtp_get_version_string());
  fflush(stdout);
  while (scanf("%7s %63s %15s %d %lf", protocol, profile, operation, &size, &milliseconds) == 5) {
    double ns = size > ROOM - 256 ? -1 : measure(!strcmp(protocol, "rtcp"), profile, !strcmp(operation, "unprotect"), size, milliseconds);
    if (ns < 0) printf("unsupported\n");
    else printf("%.1f\n", ns);
    fflush(stdout);
  }
  return 0;
}
