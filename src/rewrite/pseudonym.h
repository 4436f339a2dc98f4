/* Pseudonyms: a keyed map of names, addresses and numbers to others of the same form and length.
 *
 * A word (a run of letters, digits, "-" and "_", such as a label of a DNS name) is permuted among
 * the words of its pattern: equal words stay equal whatever their case and encoding, different ones
 * stay different. Well-known words stay. Nothing is remembered: two runs with one key agree.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_PSEUDONYM_H
#define AK_REWRITE_PSEUDONYM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ak_pseudonyms;

/* NULL when out of memory. */
struct ak_pseudonyms *ak_pseudonyms_new(const char *key);
void ak_pseudonyms_free(struct ak_pseudonyms *pseudonyms);

/* Names in place. How their bytes are letters: */
enum ak_text_form {
    AK_TEXT_UTF8,
    AK_TEXT_LATIN1,
    AK_TEXT_UTF16LE,
    AK_TEXT_UTF16BE,
    AK_TEXT_UTF32BE
};
/* Addresses in a text become those of _ipv4 and _ipv6; what is no valid text becomes zeros. */
void ak_pseudonym_text(struct ak_pseudonyms *pseudonyms, enum ak_text_form form, uint8_t *bytes,
                       size_t size);
/* Letters and digits become "x" and "0", consistently with nothing: for sentences. */
void ak_mask_text(enum ak_text_form form, uint8_t *bytes, size_t size);

/* Octet by octet, prefix-preserving: an octet keeps its number of digits, so that an address in a
 * text keeps its length; 10, 127, 169.254, 172.16-31, 192.168, 100.64-127 and 224-255 keep what
 * makes them special. 0.0.0.0 and 255.255.255.255 stay. */
void ak_pseudonym_ipv4(struct ak_pseudonyms *pseudonyms, uint8_t address[4]);
/* Digit by digit likewise: zeros in front of a group stay, so that an address in a text keeps its
 * length. The first digit stays, of unique local addresses fc or fd, and the whole first group of
 * others that are special (link-local, multicast); embedded IPv4 as above; :: and ::1 stay. */
void ak_pseudonym_ipv6(struct ak_pseudonyms *pseudonyms, uint8_t address[16]);
/* A locally administered one; all zeros and all ones stay. */
void ak_pseudonym_hardware(struct ak_pseudonyms *pseudonyms, uint8_t address[6]);
/* Bytes that say nothing else: equal runs stay equal. */
void ak_pseudonym_bytes(struct ak_pseudonyms *pseudonyms, uint8_t *bytes, size_t size);

#endif
