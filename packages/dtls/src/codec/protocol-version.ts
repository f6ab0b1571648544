/** Version numbers on the wire: the ones' complement of the version, so that a newer one is a smaller number (RFC 6347 §4.1). */

/** DTLS 1.0, the version in the record header of a first flight (RFC 6347 §4.2.1). */
export const DTLS_1_0 = 0xfeff;

/** DTLS 1.2 (RFC 6347 §4.1), also the `legacy_version` of DTLS 1.3. */
export const DTLS_1_2 = 0xfefd;

/** DTLS 1.3 (RFC 9147 §5.3). Only ever seen in the `supported_versions` extension. */
export const DTLS_1_3 = 0xfefc;
