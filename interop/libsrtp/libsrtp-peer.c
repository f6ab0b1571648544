/*
 * C libsrtp as the other end, on standard input and output. One line asks, one line answers: "ok [hex]" or "error <number of srtp_err_status_t>".
 *
 *   open <profile> <in|out> <window> <hex of extension ids to encrypt, or -> <hex of key and salt>[:<hex of MKI>] ...     answers ok <number of the session>
 *   <protect|unprotect|protect_rtcp|unprotect_rtcp> <session> <which key> <hex of packet>
 *   roc <session> <ssrc> <rollover counter>
 *   close <session>
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SESSIONS = 4096, MAX_KEYS = 8, MAX_PACKET = 4096 };

static srtp_t sessions[MAX_SESSIONS];
static int with_mki[MAX_SESSIONS];
static int opened = 0;

static int bytes_from_hex(const char *hex, unsigned char *out, int room)
{
    int length = (int)strcspn(hex, ":") / 2;
    for (int i = 0; i < length && i < room; i++) {
        unsigned int byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return -1;
        out[i] = (unsigned char)byte;
    }
    return length;
}

static int set_profile(const char *name, srtp_policy_t *policy)
{
    srtp_profile_t profile;
    if (strcmp(name, "SRTP_AES128_CM_HMAC_SHA1_80") == 0)
        profile = srtp_profile_aes128_cm_sha1_80;
    else if (strcmp(name, "SRTP_AES128_CM_HMAC_SHA1_32") == 0)
        profile = srtp_profile_aes128_cm_sha1_32;
    else if (strcmp(name, "SRTP_NULL_HMAC_SHA1_80") == 0)
        profile = srtp_profile_null_sha1_80;
    else if (strcmp(name, "SRTP_AEAD_AES_128_GCM") == 0)
        profile = srtp_profile_aead_aes_128_gcm;
    else if (strcmp(name, "SRTP_AEAD_AES_256_GCM") == 0)
        profile = srtp_profile_aead_aes_256_gcm;
    else {
        if (strcmp(name, "SRTP_AES192_CM_HMAC_SHA1_80") == 0)
            srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy->rtp);
        else if (strcmp(name, "SRTP_AES192_CM_HMAC_SHA1_32") == 0)
            srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32(&policy->rtp);
        else if (strcmp(name, "SRTP_AES256_CM_HMAC_SHA1_80") == 0)
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtp);
        else if (strcmp(name, "SRTP_AES256_CM_HMAC_SHA1_32") == 0)
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy->rtp);
        else
            return 0;
        policy->rtcp = policy->rtp;
        policy->rtcp.auth_tag_len = 10;
        return 1;
    }
    return srtp_crypto_policy_set_from_profile_for_rtp(&policy->rtp, profile) == 0 &&
           srtp_crypto_policy_set_from_profile_for_rtcp(&policy->rtcp, profile) == 0;
}

static void open_session(char *arguments)
{
    static unsigned char material[MAX_KEYS][64], mkis[MAX_KEYS][128];
    srtp_master_key_t keys[MAX_KEYS], *list[MAX_KEYS];
    static int ids[256];
    unsigned char id_bytes[256];
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    char *profile = strtok(arguments, " \n"), *direction = strtok(NULL, " \n"), *window = strtok(NULL, " \n");
    char *encrypted = strtok(NULL, " \n"), *key;
    if (encrypted == NULL || opened == MAX_SESSIONS || !set_profile(profile, &policy)) {
        printf("error -1\n");
        return;
    }
    policy.ssrc.type = strcmp(direction, "in") == 0 ? ssrc_any_inbound : ssrc_any_outbound;
    policy.window_size = strtoul(window, NULL, 10);
    if (*encrypted != '-') {
        policy.enc_xtn_hdr_count = bytes_from_hex(encrypted, id_bytes, sizeof id_bytes);
        for (int i = 0; i < policy.enc_xtn_hdr_count; i++)
            ids[i] = id_bytes[i];
        policy.enc_xtn_hdr = ids;
    }
    while ((key = strtok(NULL, " \n")) != NULL && policy.num_master_keys < MAX_KEYS) {
        int n = (int)policy.num_master_keys++;
        char *mki = strchr(key, ':');
        bytes_from_hex(key, material[n], sizeof material[n]);
        keys[n].key = material[n];
        keys[n].mki_id = mkis[n];
        keys[n].mki_size = mki == NULL ? 0 : (unsigned int)bytes_from_hex(mki + 1, mkis[n], sizeof mkis[n]);
        list[n] = &keys[n];
    }
    policy.keys = list;
    with_mki[opened] = keys[0].mki_size > 0;
    if (!with_mki[opened]) {
        policy.key = material[0];
        policy.keys = NULL;
        policy.num_master_keys = 0;
    }
    srtp_err_status_t status = srtp_create(&sessions[opened], &policy);
    if (status == srtp_err_status_ok)
        printf("ok %d\n", opened++);
    else
        printf("error %d\n", status);
}

static void transform(const char *operation, char *arguments)
{
    static unsigned int words[MAX_PACKET / 4];
    unsigned char *packet = (unsigned char *)words;
    int number = atoi(strtok(arguments, " \n")), which = atoi(strtok(NULL, " \n"));
    char *hex = strtok(NULL, " \n");
    srtp_t session = sessions[number];
    unsigned int mki = (unsigned int)with_mki[number];
    /* Without room behind it, as a packet too short for its trailer has none. */
    int length = hex == NULL ? 0 : bytes_from_hex(hex, packet, MAX_PACKET - SRTP_MAX_TRAILER_LEN);
    srtp_err_status_t status;
    if (strcmp(operation, "protect") == 0)
        status = srtp_protect_mki(session, packet, &length, mki, (unsigned int)which);
    else if (strcmp(operation, "unprotect") == 0)
        status = srtp_unprotect_mki(session, packet, &length, mki);
    else if (strcmp(operation, "protect_rtcp") == 0)
        status = srtp_protect_rtcp_mki(session, packet, &length, mki, (unsigned int)which);
    else
        status = srtp_unprotect_rtcp_mki(session, packet, &length, mki);
    if (status != srtp_err_status_ok) {
        printf("error %d\n", status);
        return;
    }
    printf("ok ");
    for (int i = 0; i < length; i++)
        printf("%02x", packet[i]);
    printf("\n");
}

int main(void)
{
    static char line[4 * MAX_PACKET];
    if (srtp_init() != srtp_err_status_ok)
        return 1;
    printf("%s\n", srtp_get_version_string());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *arguments = strchr(line, ' ');
        if (arguments == NULL)
            return 1;
        *arguments++ = '\0';
        if (strcmp(line, "open") == 0) {
            open_session(arguments);
        } else if (strcmp(line, "close") == 0) {
            int number = atoi(arguments);
            srtp_dealloc(sessions[number]);
            sessions[number] = NULL;
            printf("ok\n");
        } else if (strcmp(line, "roc") == 0) {
            int number;
            unsigned int ssrc, roc;
            sscanf(arguments, "%d %u %u", &number, &ssrc, &roc);
            int status = srtp_set_stream_roc(sessions[number], ssrc, roc);
            printf(status == 0 ? "ok\n" : "error %d\n", status);
        } else {
            transform(line, arguments);
        }
        fflush(stdout);
    }
    return 0;
}
