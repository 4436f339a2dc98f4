/* Published handshake messages, as annotated hex for ak_hex: bodies without type and length. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_CODEC_TLS_VECTORS_H
#define AK_TESTS_CODEC_TLS_VECTORS_H

/* RFC 8448 section 3, "Simple 1-RTT Handshake". */
#define RFC8448_CLIENT_HELLO                                                                       \
    "0303 # legacy_version\n"                                                                      \
    "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 # random\n"                  \
    "00 # session_id\n 0006 1301 1303 1302 # cipher_suites\n 01 00 # compression\n 0091 # size\n"  \
    "0000 000b 0009 00 0006 'server'\n"                                                            \
    "ff01 0001 00\n"                                                                               \
    "000a 0014 0012 001d 0017 0018 0019 0100 0101 0102 0103 0104\n"                                \
    "0023 0000\n"                                                                                  \
    "0033 0026 0024 001d 0020"                                                                     \
    " 99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c\n"                          \
    "002b 0003 02 0304\n"                                                                          \
    "000d 0020 001e 0403 0503 0603 0203 0804 0805 0806 0401 0501 0601 0201 0402 0502 0602 0202\n"  \
    "002d 0002 01 01\n"                                                                            \
    "001c 0002 4001\n"

#define RFC8448_SERVER_HELLO                                                                       \
    "0303 # legacy_version\n"                                                                      \
    "a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928 # random\n"                  \
    "00 # session_id\n 1301 # cipher_suite\n 00 # compression\n 002e # size\n"                     \
    "0033 0024 001d 0020 c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f\n"       \
    "002b 0002 0304\n"

/* A Chrome hello whose JA4 is FoxIO's published t13d1516h2_8daaf6152771_e5627efa2ab1. */
#define CHROME_CLIENT_HELLO                                                                        \
    "0303 b2c03e7ba990ef540c316a665d4d925f8e9079ac4b15687e587dc99016e75a6c\n"                      \
    "20 d0b0099243c9296a0c84153ea4ada7d87ad017f4211c2ea1350b0b3cc5514d5f\n"                        \
    "0020 5a5a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035\n"       \
    "01 00 0193\n"                                                                                 \
    "fafa 0000 # GREASE\n"                                                                         \
    "0000 0024 0022 00 001f 'content-autofill.googleapis.com'\n"                                   \
    "0033 002b 0029 3a3a 0001 00"                                                                  \
    " 001d 0020 fb2cd8ef3d605b96ab03119ec4f30a6e2088cb1af86c41a81feace8706068c50\n"                \
    "000d 0012 0010 0403 0804 0401 0503 0805 0501 0806 0601\n"                                     \
    "0023 0000\n 000b 0002 01 00\n ff01 0001 00\n"                                                 \
    "000a 000a 0008 3a3a 001d 0017 0018\n"                                                         \
    "001b 0003 02 0002\n 4469 0005 0003 02 'h2'\n 0012 0000\n 002d 0002 01 01\n"                   \
    "0010 000e 000c 02 'h2' 08 'http/1.1'\n"                                                       \
    "0005 0005 01 0000 0000\n"                                                                     \
    "002b 0007 06 0a0a 0304 0303\n"                                                                \
    "0017 0000\n 1a1a 0001 00 # GREASE\n"                                                          \
    "0015 00b8 00*184 # padding\n"

/* A server's answer to Firefox, TLS 1.2. */
#define TLS12_SERVER_HELLO                                                                         \
    "0303 5f0236c07f47bfb12dc2da706ecb3fe7f9eeac9968cc2ddf444f574e47524401\n"                      \
    "20 b89ff1ab695278c69b8a73f76242ef755e0b13dc6d459aaaa784fec9c2dfce34\n"                        \
    "cca9 00 0018\n"                                                                               \
    "0000 0000\n ff01 0001 00\n 000b 0002 01 00\n 0010 0005 0003 02 'h2'\n"

/* RFC 5246 appendix E.2: what Windows XP and OpenSSL 0.9.8 sent; 0x010080 and 0x0700c0 are kinds of
 * SSL 2.0, the others TLS suites. */
#define SSL2_CLIENT_HELLO                                                                          \
    "802e # record length 46\n 01 # CLIENT-HELLO\n 0301 # version\n 0015 # cipher_specs\n"         \
    "0000 # session_id\n 0010 # challenge\n"                                                       \
    "000004 000005 00000a 010080 0700c0 030080 0000ff\n"                                           \
    "c0*16 # challenge\n"

#endif
