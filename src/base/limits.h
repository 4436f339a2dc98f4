/* Every maximum that bounds memory or work, each with its reason. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_LIMITS_H
#define AK_BASE_LIMITS_H

/* One captured frame. libpcap's own maximum snapshot length is 262,144. */
#define AK_MAX_FRAME (1024u * 1024u)
/* One read from a file: leaves an L2 cache room for conversations and amortises the system call
 * (128 KiB measured better than 256). */
#define AK_READ_BLOCK (128u * 1024u)
/* A plain file may be mapped instead, so much at a time: one entry of the page tables where the
 * system keeps it in large pages. For a short file that is not worth its system calls. */
#define AK_MAPPED_STRETCH (2u * 1024u * 1024u)
#define AK_MAPPED_FROM (8u * 1024u * 1024u)
/* Packets of an event trace kept until they can be put in order: netsh writes 250 MB unless told
 * otherwise, pktmon 512 MB. A longer trace is put in order within this much. */
#define AK_MAX_ETL_KEPT (96u * 1024u * 1024u)
/* One buffer of an event trace: Windows allows 16 MiB. */
#define AK_MAX_ETL_BUFFER (16u * 1024u * 1024u)
/* A Network Monitor file, whose tables point everywhere: it has 32-bit offsets, and Network Monitor
 * itself stopped at 500 MB. Notes on processes in it: one for each connection. */
#define AK_MAX_NETMON_FILE (1024u * 1024u * 1024u)
#define AK_MAX_PROCESSES 65536u
/* pcapng interfaces of one section: a capture on every adapter of a large host has dozens. */
#define AK_MAX_INTERFACES 4096u
/* Layers below IP (VLAN tags, cooked headers). Two tags are usual, four have been seen. */
#define AK_MAX_LINK_LAYERS 8u
/* Layers of all kinds between a frame and its innermost IP packet: a mirrored frame in ERSPAN in
 * VXLAN with VLAN tags and PPPoE inside has ten. */
#define AK_MAX_ENCAPSULATIONS 16u
/* IPv6 extension headers before the transport header; real stacks send at most four. */
#define AK_MAX_IPV6_EXTENSIONS 12u
/* IP datagrams under reassembly at one time, and the memory that they may hold. */
#define AK_MAX_FRAGMENTED_DATAGRAMS 64u
#define AK_MAX_DATAGRAM 65535u
#define AK_MAX_FRAGMENTS 128u
/* Conversations with state, whatever the memory. Beyond it those idle for longest are reported
 * early, and counted. */
#define AK_MAX_OPEN_CONVERSATIONS (4u * 1024u * 1024u)
/* Memory of one process, unless it is told otherwise, and the least that can be asked for. */
#define AK_DEFAULT_MEMORY (256u * 1024u * 1024u)
#define AK_MIN_MEMORY (64u * 1024u * 1024u)
/* Of it what the program itself takes, its libraries, its stack and buffers; an eighth more is left
 * to the allocator's rounding. */
#define AK_OWN_MEMORY (24u * 1024u * 1024u)
/* Closed conversations kept for late frames (RST after FIN) before they are reported: more would
 * fall out of the processor's caches. What comes later still is recognised (trace/departed.h). */
#define AK_MAX_LINGERING 256u
/* Likewise those whose FINs both sides have acknowledged: no late frame tells why they ended. */
#define AK_MAX_SETTLED 128u
/* So many leave at a time then: what handles them is not what handles segments, and both have to
 * come into the processor's cache of instructions. */
#define AK_LINGERING_BATCH 64u
/* Out-of-order bytes and segments kept for one direction (a 64 KiB window in MTU segments). */
#define AK_MAX_HELD_BYTES (128u * 1024u)
#define AK_MAX_HELD_SEGMENTS 2048u
/* All out-of-order bytes of all conversations together. */
#define AK_MAX_HELD_TOTAL (64u * 1024u * 1024u)
/* One TLS handshake message: RFC 8446 allows 2^24, Schannel stops at 64 KiB; chains reach 30 KiB.
 */
#define AK_MAX_HANDSHAKE_MESSAGE (128u * 1024u)
/* One TLS record: 2^14 + 2048 (RFC 5246 6.2.3). */
#define AK_MAX_RECORD 18432u
/* One TDS packet (MS-TDS 2.2.3.1: 32,767). */
#define AK_MAX_TDS_PACKET 32767u
/* TDS message bytes parsed in clear: LOGIN7 with long texts is under 8 KiB; tokens come first. */
#define AK_MAX_TDS_MESSAGE 16384u
/* Certificates of one chain that are parsed; chains on the net have up to 5, tests up to 10. */
#define AK_MAX_CHAIN 10u
/* One certificate; larger ones exist only as attacks. */
#define AK_MAX_CERTIFICATE (64u * 1024u)
/* Distinct hello shapes and certificates remembered (one per client program, one per server). */
#define AK_MAX_HELLO_SHAPES 8192u
#define AK_MAX_CERTIFICATES 16384u
/* Bytes of each of the two stores: crafted hellos and certificates are as long as they may be. */
#define AK_MAX_HELLO_BYTES (16u * 1024u * 1024u)
#define AK_MAX_CERTIFICATE_BYTES (32u * 1024u * 1024u)
/* Entries of one list in a hello (suites, groups ...) in JA4 and in a line: twice what any known
 * client sends; a crafted hello holds 32,767. */
#define AK_MAX_HELLO_LIST 512u
/* Text copied from the wire into an observation (server names, login texts), in bytes. */
#define AK_MAX_WIRE_TEXT 512u
/* Bytes of one direction that are looked through for a STARTTLS dialogue before anyone asks: an
 * EHLO answer, CAPA and FEAT lists are under 2 KiB. */
#define AK_MAX_CLEAR_TALK 16384u
/* Instances that SQL Server Browser named, and requests to it: a farm has dozens. */
#define AK_MAX_BROWSER 1024u
/* Bytes of one direction searched for what is embedded in an unpublished protocol: its handshake
 * stands at the beginning. */
#define AK_MAX_EMBEDDED 8192u
/* Proxies one behind the other (a PROXY header, then CONNECT, then SOCKS). */
#define AK_MAX_CLEAR_LAYERS 4u
/* Packet letters kept of one conversation: the first ones and the last ones. */
#define AK_LETTERS_HEAD 40u
#define AK_LETTERS_TAIL 16u
/* Fatal alerts kept of one conversation. */
#define AK_MAX_ALERTS 8u
/* Findings, servers, clients and pairs kept by one diagnosis; more are counted, not listed. */
#define AK_MAX_FINDINGS 65536u
#define AK_MAX_SERVERS 65536u
#define AK_MAX_CLIENTS 262144u
#define AK_MAX_PAIRS 262144u
#define AK_MAX_SAMPLES 20u
/* What would fail under a policy: clients with their programs at servers, and servers. */
#define AK_MAX_WOULD_ROWS 65536u
/* Hosts whose registry is read in one go: an availability group and its clients. */
#define AK_MAX_HOSTS 64u
/* Conversations kept to find the same connection in another capture (288 bytes each), those of them
 * that are compared with one, and pairs of captures that have connections in common. */
#define AK_MAX_JOIN_RECORDS 65536u
#define AK_MAX_JOIN_CANDIDATES 32u
#define AK_MAX_JOINED_CAPTURES 256u
/* Lines of conversations that wait because a later capture may hold their other side: a part of the
 * memory of the process. */
#define AK_WAITING_LINES_PART 16u
/* Rules of the diagnosis. */
#define AK_MAX_RULES 128u
/* Suspects waiting for the end of the input (facts that later conversations may decide). */
#define AK_MAX_SUSPECTS 16384u
/* Hand-over captures: pairs of finding and conversation remembered (32 MB), conversations that
 * taught something, servers written whole. */
#define AK_MAX_NOTED (1024u * 1024u)
#define AK_MAX_WITNESSES (256u * 1024u)
#define AK_MAX_WHOLE_SERVERS 4096u
/* Conversations by number in a set: 32 MiB of bits. */
#define AK_MAX_CHOOSABLE (256u * 1024u * 1024u)
/* Changed bytes that wait to be written, and their places, over all conversations. */
#define AK_MAX_PATCH_BYTES (256u * 1024u * 1024u)
#define AK_MAX_PATCHES (16u * 1024u * 1024u)
/* Places of one conversation: 65,536 records of each side; what lies behind them is zeroed. */
#define AK_MAX_PATCHES_OF_ONE (128u * 1024u)
/* Pieces that one message lies in: 128 KiB in TDS packets of 512 bytes are 260. */
#define AK_MAX_PIECES 2048u
/* Link types in one section of a capture that is written. */
#define AK_MAX_WRITTEN_LINKS 32u
/* Rows of the text report's table of conversations. */
#define AK_MAX_TABLE_ROWS 2000u
/* Error text to explain: a page of a log; and how far apart the parts of one message may stand (an
 * address, a path or a stack line lies between them, not another message). */
#define AK_MAX_SYMPTOM_TEXT (64u * 1024u)
#define AK_MAX_SYMPTOM_GAP 400u
/* One side of a predicted negotiation: OpenSSL knows 163 suites, IANA 64 groups that anyone uses;
 * a hello's list may hold more, and what is left out is counted. */
#define AK_MAX_PARTY_SUITES 400u
#define AK_MAX_PARTY_CODES 96u
#define AK_MAX_PARTY_CHAINS 4u
#define AK_MAX_PARTY_NAME 128u
/* A registry hive, its logs and a registry export: SOFTWARE of a server with years of updates has
 * 150 MiB; an export of it as text has three times as much. */
#define AK_MAX_REGISTRY_HIVE (512u * 1024u * 1024u)
#define AK_MAX_REGISTRY_FILE (512u * 1024u * 1024u)
/* The tree of one machine: three such hives, whose cells have less room in it than in the file. */
#define AK_MAX_REGISTRY_MEMORY (1024u * 1024u * 1024u)
/* Levels of keys: Windows allows 512 and the hives' mount points come on top. */
#define AK_MAX_REGISTRY_DEPTH 520u
/* A key's name in a path, in bytes of UTF-8: Windows allows 255 characters. */
#define AK_MAX_REGISTRY_NAME 1024u
/* Files read into one tree: the hives and exports of one machine are dozens. */
#define AK_MAX_REGISTRY_SOURCES 1024u
/* Servers that were asked what they accept, in one run. */
#define AK_MAX_OFFERS 256u
/* Suites of one version that a server accepts; the widest server measured had 59. */
#define AK_MAX_OFFER_SUITES 96u
/* Connections that a check opens to one address before it stops asking. */
#define AK_MAX_CHECK_ATTEMPTS 60u
/* What a check is called where a capture has its file name: a host name has at most 255 bytes. */
#define AK_MAX_CHECK_NAME 300u
/* Repetitions of one check: their times are kept for percentiles (32 bytes each). */
#define AK_MAX_CHECK_REPETITIONS 1000000u
/* One configuration text that a party is made from: java.security has 70 KB. */
#define AK_MAX_PARTY_TEXT (1024u * 1024u)
/* Bytes that wait to be sent on one link: the largest answer that a probe or the lab gives. */
#define AK_MAX_LINK_WAITING (1024u * 1024u)
/* What a probed server may send: before both Finished come two messages of the largest size at
 * most, and a login's answer is shorter. Records: a chain of 30 KiB in pieces of 64 bytes is 480.
 */
#define AK_MAX_PROBE_RECEIVED (256u * 1024u)
#define AK_MAX_PROBE_RECORDS 1024u
/* One line of a text log that is looked at; SQL Server's messages end at 2 KiB, dumps are longer.
 */
#define AK_MAX_LOG_LINE 65536u
/* Text of one record of a log that is kept: the lines that go on with it are reasons and addresses.
 */
#define AK_MAX_LOG_TEXT 4096u
/* One event of an exported XML: records of an EVTX file have at most 64 KiB in binary form. */
#define AK_MAX_EVENT_XML (1024u * 1024u)
/* Binary XML of one record: tokens that are followed, and templates inside of values. */
#define AK_MAX_EVENT_TOKENS 8192u
/* The same of all records of one chunk: real ones have about 40,000. Templates are written once and
 * used by every record, so a crafted chunk could ask for twenty million. */
#define AK_MAX_CHUNK_TOKENS (256u * 1024u)
#define AK_MAX_EVENT_DEPTH 8u
/* Kinds of events (log, number, codes) that are told apart and kept; a bad week has dozens. */
#define AK_MAX_EVENT_GROUPS 2048u
/* Single events that are kept to be found beside conversations (120 bytes each); clocks that they
 * were written by; pairs that one comparison of clocks is made from, of so many events and
 * conversations. */
#define AK_MAX_LEDGER_EVENTS 65536u
/* Of these, handshakes that worked; those behind them tell nothing new about clocks. And
 * conversations that worked and are kept to be found beside them. */
#define AK_MAX_LEDGER_WORKED 16384u
#define AK_MAX_CASE_WITNESSES 1024u
#define AK_MAX_CLOCKS 256u
#define AK_MAX_CLOCK_PAIRS 65536u
#define AK_MAX_CLOCK_TALKS 1024u
#define AK_MAX_CLOCK_EVENTS 1024u
/* Events that are looked at to see whether another log tells the same failure; then it counts in
 * each. */
#define AK_MAX_ECHO_LOOKS 33554432u
/* Pairs of a log and a capture whose clocks are compared. */
#define AK_MAX_ALIGNMENTS 1024u
/* Conversations that are looked at to see whether an event may be about another one, too. */
#define AK_MAX_MEETING_RIVALS 4096u
/* Errors of an ERRORLOG whose text has not come yet: connections that fail in one hundredth of a
 * second. */
#define AK_MAX_PENDING_ERRORS 16u
/* What one file of `akushu collect` may tell, and the bytes of it; a busy server has some hundred
 * connections and linked servers. Such files that are kept: one for each machine and instance. */
#define AK_MAX_COLLECTED_FACTS 4096u
#define AK_MAX_COLLECTED_TEXT (1024u * 1024u)
#define AK_MAX_COLLECTED 4096u
/* A file of certificates: a whole root store has 600 KB. Those taken from one file or one store of
 * a registry; damaged blocks of a PEM file before it is given up. */
#define AK_MAX_CERTIFICATE_FILE (4u * 1024u * 1024u)
#define AK_MAX_FILE_CERTIFICATES 1024u
#define AK_MAX_PEM_DAMAGE 32u
/* All certificates of one reading. */
#define AK_MAX_FOUND_CERTIFICATES 4096u
/* A PKCS #12 file: safes and keys of it, and the rounds that its password may cost in all (Windows
 * takes 2,000 to 10,000, Firefox 600,000; two million are about a second). */
#define AK_MAX_PFX_SAFES 16u
#define AK_MAX_PFX_KEYS 8u
#define AK_MAX_PFX_ROUNDS 2000000u
/* A zip archive: its directory (10,000 members take about 1.5 MB), its members, their names. */
#define AK_MAX_ZIP_DIRECTORY (4u * 1024u * 1024u)
#define AK_MAX_ZIP_MEMBERS 10000u
#define AK_MAX_ZIP_NAME 4096u
/* What may come out of it: captures and logs shrink to a tenth, an event trace of zeros to a
 * thousandth, so a small one is let pass; beyond that so many times its size, and in all. */
#define AK_ZIP_FREE_BYTES (UINT64_C(1024) * 1024u * 1024u)
#define AK_MAX_ZIP_RATIO 100u
#define AK_MAX_ZIP_BYTES (UINT64_C(1024) * 1024u * 1024u * 1024u)
/* Depth of directories walked, and files taken from them. */
#define AK_MAX_DIRECTORY_DEPTH 8u
#define AK_MAX_FILES 100000u

#endif
