/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option_table.h"

#include <string.h>

#include "base/attr.h"
#include "report/messages.h"

#include "base/banned.h"

enum {
    READ = 1u << AK_COMMAND_READ,
    CHECK = 1u << AK_COMMAND_CHECK,
    COMPARE = 1u << AK_COMMAND_COMPARE,
    FIX = 1u << AK_COMMAND_FIX,
    PREDICT = 1u << AK_COMMAND_PREDICT,
    LAB = 1u << AK_COMMAND_LAB,
    WATCH = 1u << AK_COMMAND_WATCH,
    COLLECT = 1u << AK_COMMAND_COLLECT,
    EXPLAIN = 1u << AK_COMMAND_EXPLAIN,
    SCHEMA = 1u << AK_COMMAND_SCHEMA,
    ANY = ~0u
};

const struct ak_command ak_commands[] = {
    {AK_COMMAND_READ, "read", "[OPTION]... FILE|DIRECTORY|-...",
     N_("read captures and tell why connections were closed")},
    {AK_COMMAND_WATCH, "watch", "[OPTION]... INTERFACE [FILTER...] | --list",
     N_("watch a network interface: failures by cause, clients by TLS version, as they come")},
    {AK_COMMAND_CHECK, "check", "[OPTION]... SERVER...",
     N_("ask a live server why a client's connection fails, and show what helps")},
    {AK_COMMAND_COMPARE, "compare", "[OPTION]... A[#NUMBER] [B[#NUMBER]]",
     N_("show where a healthy and a failed conversation first differ")},
    {AK_COMMAND_FIX, "fix", "[OPTION]... FILE|DIRECTORY|-...",
     N_("write what to change on a machine, and its undo, as .reg, .cmd, .ps1 and policy files")},
    {AK_COMMAND_PREDICT, "predict", "[OPTION]... CLIENT SERVER | PARTY | --list",
     N_("tell what two machines or programs will negotiate, or why they cannot")},
    {AK_COMMAND_COLLECT, "collect", "[OPTION]...",
     N_("print a script that gathers on Windows what read needs: PowerShell, cmd or T-SQL")},
    {AK_COMMAND_LAB, "lab", "[OPTION]... SCENARIO | --as=PARTY | --list",
     N_("serve a failure on this machine, to try clients, remedies and akushu itself")},
    {AK_COMMAND_EXPLAIN, "explain", "[OPTION]... [ID|TEXT...|-]",
     N_("explain a rule, an error text or error numbers; without any, list all rules")},
    {AK_COMMAND_SCHEMA, "schema", "[--markdown]", N_("print the JSON Schema of the jsonl output")},
    {AK_COMMAND_COMPLETION, "completion", "bash|zsh|fish", N_("print a completion script")},
    {AK_COMMAND_HELP, "help", "[COMMAND]", N_("show help")},
};
const size_t ak_command_count = AK_COUNT(ak_commands);

const struct ak_option ak_options[] = {
    {"format", 'f', "text|jsonl|csv", READ | WATCH | CHECK | COMPARE | PREDICT | FIX | EXPLAIN,
     N_("output for people (text), one JSON object a line, or a table for spreadsheets")},
    {"rows", 0, "conversations|findings", READ, N_("what a row of the csv table is")},
    {"bom", 0, NULL, READ, N_("begin the csv table with a byte order mark (Excel in Japan)")},
    {"all", 'a', NULL, READ | PREDICT | CHECK,
     N_("list healthy conversations, or every change that helps, too (text); with --write every "
        "connection")},
    {"why-not", 0, "RULE[#ID]", READ,
     N_("tell which condition of RULE failed, for all conversations or number ID")},
    {"fail-on", 0, "error|warning|note|never", READ | WATCH | CHECK,
     N_("lowest severity that makes the exit status 1 (default: error)")},
    {"output", 'o', "FILE", READ | WATCH | COLLECT, N_("write the output to FILE")},
    {"since", 0, "TIME", READ,
     N_("leave out what was before TIME: 2026-11-22T10:15:00+09:00, UTC without an offset")},
    {"until", 0, "TIME", READ | FIX,
     N_("leave out what was after TIME; fix: the date when the temporary change ends")},
    {"host", 0, "ADDRESS[/BITS]", READ | WATCH,
     N_("only connections from or to this address or network; may be repeated")},
    {"port", 0, "NUMBER", READ | WATCH | LAB,
     N_("read, watch: only connections from or to this port, may be repeated; lab: listen at it "
        "(default: "
        "a free one)")},
    {"client", 0, "PATH", READ | FIX,
     N_("what lies at PATH is of the client (read too, if no FILE or DIRECTORY holds it)")},
    {"server", 0, "PATH", READ | FIX, N_("what lies at PATH is of the server (likewise)")},
    {"separate", 0, NULL, READ, N_("take each file of a ring buffer as a capture of its own")},
    {"max-memory", 0, "SIZE", READ | WATCH,
     N_("memory that may be used, like 64M or 2G (default 256M): beyond it the oldest connections "
        "are "
        "reported early")},
    {"threads", 0, "NUMBER", READ,
     N_("threads that read a large capture, 1 to 16 (default 1; 3 have work at most): faster "
        "by the clock, the same output")},
    {"would-block", 0, "POLICY", READ | WATCH,
     N_("tell who would fail if POLICY were set on the servers: tls12-only, tls12-compatible, "
        "strict, "
        "a .reg file, a list of suites, or a server as for predict")},
    {"metrics", 0, "FILE", WATCH,
     N_("write what is counted to FILE every 5 seconds, for Prometheus' textfile collector")},
    {"rotate", 0, "SIZE|TIME", WATCH,
     N_("with --output: begin the file anew beyond a size (100M) or every hour or day (1h, 7d); "
        "both may be given")},
    {"keep", 0, "NUMBER", WATCH,
     N_("with --rotate: files to keep, FILE.1 the newest (default: 7)")},
    {"buffer", 0, "SIZE", WATCH,
     N_("the kernel's buffer for frames that wait to be read (default 64M)")},
    {"no-promiscuous", 0, NULL, WATCH, N_("only frames from and to this machine")},
    {"user-name", 0, "NAME", WATCH,
     N_("the user to go on as once the interface is open (default: whoever called sudo, else "
        "nobody)")},
    {"keep-privileges", 0, NULL, WATCH, N_("go on as root")},
    {"write", 'w', "CAPTURE", READ | CHECK,
     N_("save the connections of the findings as a capture (pcapng), check: those made as the "
        "client; with --all every connection")},
    {"finding", 0, "FINDING", READ | FIX,
     N_("only this finding, by its id or rule (read: with --write); may be repeated")},
    {"strip", 0, NULL, READ,
     N_("with --write: zero what was said and every credential; verdicts stay")},
    {"pseudonymize", 0, NULL, READ,
     N_("with --write: other names and addresses in place of yours; includes --strip")},
    {"key", 0, "TEXT", READ,
     N_("with --pseudonymize: the same key gives the same pseudonyms (default: random)")},
    {"certificate-password-file", 0, "FILE", READ,
     N_("the password of PKCS #12 files (.pfx, .p12) is the file's first line")},
    {"certificate-password-env", 0, "VARIABLE", READ,
     N_("the password of PKCS #12 files is this environment variable's value")},
    {"template", 0, "tls12-only|tls12-compatible|strict|legacy-temporary", FIX,
     N_("a whole configuration instead of the findings' remedies; legacy-temporary needs --until")},
    {"program", 0, "KIND:NAME", FIX,
     N_("with --template: files for one Linux program, openssl:UNIT or java:NAME; may be "
        "repeated")},
    {"output-dir", 0, "DIRECTORY", FIX, N_("write the files into DIRECTORY")},
    {"force", 0, NULL, FIX, N_("with --output-dir: overwrite files that exist")},
    {"allow-lockout", 0, NULL, FIX,
     N_("write a change even if it would take away what the host itself needs")},
    {"with", 0, "FILE|DIRECTORY", CHECK | WATCH,
     N_("read this evidence too and join it; may be repeated")},
    {"encrypt", 0, "optional|mandatory|strict|unsupported", CHECK,
     N_("what the client asks SQL Server for in PRELOGIN (default: as the client does)")},
    {"server-name", 0, "NAME", CHECK, N_("name to ask for in SNI (default: the server's)")},
    {"alpn", 0, "NAMES", CHECK, N_("application protocols to offer: h2,http/1.1")},
    {"proxy", 0, "HOST:PORT", CHECK, N_("connect through this HTTP proxy (CONNECT)")},
    {"user", 0, "NAME", CHECK,
     N_("log in to SQL Server, inside TLS alone; the password is asked for on the terminal")},
    {"password-file", 0, "FILE", CHECK, N_("with --user: the password is the file's first line")},
    {"password-env", 0, "VARIABLE", CHECK,
     N_("with --user: the password is this environment variable's value")},
    {"database", 0, "NAME", CHECK, N_("with --user: database to open")},
    {"repeat", 0, "NUMBER", CHECK, N_("then repeat the handshake so often and count failures")},
    {"concurrency", 0, "NUMBER", CHECK, N_("with --repeat: connections at once (default: 4)")},
    {"leading-zero", 0, NULL, CHECK,
     N_("search for the fault of TLS_DHE with leading zeros (at most four connections)")},
    {"connections", 0, "NUMBER", CHECK,
     N_("at most so many connections to one address (default: 60)")},
    {"pace", 0, "MILLISECONDS", CHECK,
     N_("least time between two connections to one address (default: 50)")},
    {"timeout", 0, "SECONDS", CHECK, N_("give up a connection after this time (default: 30)")},
    {"verify", 0, NULL, CHECK,
     N_("refuse the certificate as a client does that checks it: dates, name, trust")},
    {"ca", 0, "FILE", CHECK,
     N_("with --verify: authorities to trust, PEM (default: those of this system)")},
    {"region", 0, "NAME", CHECK,
     N_("with azure-agents as SERVER: the region of the endpoints, as japaneast")},
    {"workspace", 0, "ID", CHECK,
     N_("with azure-agents: the Log Analytics workspace whose endpoints are tried, too")},
    {"connect-to", 0, "HOST:PORT", CHECK,
     N_("connect there, whatever server is named; names in hellos and certificates stay")},
    {"plan", 0, NULL, CHECK, N_("tell what would be sent, and send nothing")},
    {"monitor", 0, NULL, CHECK,
     N_("one line and an exit status for monitoring (0 ok, 1 warning, 2 critical, 3 unknown)")},
    {"verbose", 'v', NULL, CHECK, N_("tell each connection with its purpose and its end")},
    {"list", 'l', NULL, PREDICT | LAB | WATCH,
     N_("list the parties, scenarios or interfaces that have names")},
    {"as", 0, "PARTY", CHECK | LAB,
     N_("check: whose hello to send (default: openssl-3.0), a name of 'predict --list', "
        "FILE.pcap#NUMBER or an export; lab: a server that decides as this Windows or SQL Server")},
    {"one-in", 0, "NUMBER", LAB,
     N_("only one connection in so many fails, the first one to begin with")},
    {"fixed", 0, NULL, LAB, N_("the same server after the remedy")},
    {"close", 0, "fin|rst|alert|silent", LAB,
     N_("how it refuses and stops (default: as the scenario says, mostly fin)")},
    {"tls", 0, "1.0|1.1|1.2|1.3", LAB, N_("only this version of TLS")},
    {"bind", 0, "ADDRESS", LAB, N_("listen at this address (default: 127.0.0.1)")},
    {"password", 0, "TEXT", LAB, N_("refuse logins with another password (error 18456)")},
    {"instance", 0, "NAME", LAB | COLLECT,
     N_("lab: answer SQL Server Browser's questions for this instance, at UDP port 1434; collect: "
        "only this instance of SQL Server (default: all)")},
    {"script", 0, "powershell|cmd|sql", COLLECT,
     N_("which script: PowerShell 2.0 to 7 (default), the same for cmd and reg.exe, or the T-SQL "
        "alone")},
    {"hours", 0, "NUMBER", COLLECT, N_("event logs of the last so many hours (default: 24)")},
    {"folder", 0, "PATH", COLLECT,
     N_("where on that machine the script puts its folder, also \\\\server\\share (default: its "
        "folder for temporary files)")},
    {"write-certificate", 0, "FILE", LAB,
     N_("write the certificate that a client must trust to FILE (PEM)")},
    {"once", 0, NULL, LAB, N_("end after one connection")},
    {"for", 0, "SECONDS", LAB | WATCH, N_("end after so many seconds")},
    {"until-stdin-ends", 0, NULL, LAB, N_("end when the standard input ends")},
    {"certificate", 0, "KIND|FILE", PREDICT,
     N_("the server's certificate: rsa2048-sha256, ec256-sha384, or a file (PEM, DER)")},
    {"role", 0, "client|server", PREDICT | COLLECT,
     N_("predict with one PARTY: show it in this role; collect: nothing of what the other role "
        "alone has")},
    {"quiet", 'q', NULL, READ | WATCH | CHECK | FIX, N_("no messages and no progress on stderr")},
    {"markdown", 0, NULL, SCHEMA, N_("print the fields as a Markdown table")},
    {"lang", 0, "en|ja", ANY, N_("language of texts (default: from the locale)")},
    {"color", 0, "auto|always|never", READ | WATCH | CHECK | PREDICT | FIX | EXPLAIN,
     N_("colours (default: on a terminal)")},
    {"help", 'h', NULL, ANY, N_("show help")},
    {"version", 'V', NULL, ANY, N_("show the version")},
};
const size_t ak_option_count = AK_COUNT(ak_options);
_Static_assert(AK_COUNT(ak_options) <= AK_MOST_OPTIONS, "room of the parser");

bool ak_option_stands_alone(const struct ak_option *option)
{
    return strcmp(option->name, "script") == 0;
}

const char *ak_option_choices(const struct ak_option *option)
{
    const char *words = option->argument;
    if (words == NULL || strchr(words, '|') == NULL ||
        strcspn(words, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(words))
        return NULL;
    return words;
}
