/** The part of SIP that needs no host. */
export {};
