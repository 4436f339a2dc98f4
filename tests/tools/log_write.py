#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes logs for tests: the evidence of golden cases, and large files for the benchmark.

usage: log_write.py CASE_FOLDER...            from the scripts of a golden case to its folder evidence/
       log_write.py --errorlog en|ja MB OUT    a large ERRORLOG (UTF-16LE; what matters is about one line in a hundred)
       log_write.py --evtx MB OUT              a large EVTX of Schannel and other events

Scripts: NAME.log.txt is written as NAME in UTF-16LE with CRLF, as SQL Server does; a first line `# encoding ENCODING` asks for another one
(utf-8, cp932, utf-16-be ...). NAME.evtx.txt becomes NAME.evtx (evtx_write.py), NAME.evtx.xml.txt the same events as XML in UTF-16, as
`wevtutil qe /f:xml` writes them from PowerShell.
"""
import datetime
import os
import sys
from xml.sax.saxutils import escape, quoteattr

import evtx_write

MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-8-sig": b""}


def encode(text, encoding):
    return MARKS.get(encoding, b"") + text.replace("\n", "\r\n").encode(encoding)


def errorlog(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    encoding = "utf-16-le"
    if text.startswith("# encoding "):
        first, text = text.split("\n", 1)
        encoding = first.split()[2]
    return encode(text, encoding)


def xml_of(event, record):
    items = "".join(f"<{n}>{escape(v)}</{n}>" for n, v in event.data) if event.userdata else "".join(
        f"<Data{' Name=' + quoteattr(n) if n else ''}>{escape(v)}</Data>" for n, v in event.data)
    data = f"<UserData><EventXML xmlns='LSA_NS'>{items}</EventXML></UserData>" if event.userdata else f"<EventData>{items}</EventData>"
    return (f"<Event xmlns='{evtx_write.NAMESPACE}'><System><Provider Name={quoteattr(event.provider)}/><EventID Qualifiers='0'>{event.number}"
            f"</EventID><Level>2</Level><TimeCreated SystemTime='{event.iso()}'/><EventRecordID>{record}</EventRecordID>"
            f"<Channel>{event.channel}</Channel><Computer>{escape(event.computer)}</Computer></System>{data}</Event>\n")


def make_case(folder):
    out = os.path.join(folder, "evidence")
    os.makedirs(out, exist_ok=True)
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".log.txt"):
            with open(os.path.join(out, name[:-8]), "wb") as f:
                f.write(errorlog(path))
        elif name.endswith(".evtx.xml.txt"):
            with open(path, encoding="utf-8") as f:
                events = evtx_write.script(f)
            with open(os.path.join(out, name[:-13] + ".xml"), "wb") as f:
                f.write(encode("".join(xml_of(e, i + 1) for i, e in enumerate(events)), "utf-16-le"))
        elif name.endswith(".evtx.txt"):
            with open(path, encoding="utf-8") as f:
                evtx_write.write(os.path.join(out, name[:-4]), evtx_write.script(f))


# ---- large ones -----------------------------------------------------------------------------------------------------------------------

HEAD = {"en": [("Server", "Microsoft SQL Server 2019 (RTM-CU18) (KB5017593) - 15.0.4261.1 (X64) \n\tSep 12 2022 15:07:06 \n\tStandard Edition (64-bit)"),
               ("Server", "UTC adjustment: 9:00"), ("Server", r"Logging SQL Server messages in file 'D:\MSSQL15.MSSQLSERVER\MSSQL\Log\ERRORLOG'."),
               ("spid9s", "Server name is 'SQL01'. This is an informational message only. No user action is required."),
               ("spid13s", "Server is listening on [ 'any' <ipv4> 1433].")],
        "ja": [("サーバー", "Microsoft SQL Server 2019 (RTM-CU18) (KB5017593) - 15.0.4261.1 (X64) \n\tSep 12 2022 15:07:06 \n\tStandard Edition (64-bit)"),
               ("サーバー", "UTC 調整: 9:00"), ("サーバー", r"SQL Server のメッセージをファイル 'D:\MSSQL15.MSSQLSERVER\MSSQL\Log\ERRORLOG' に記録しています。"),
               ("spid9s", "サーバー名は 'SQL01' です。これは情報メッセージです。ユーザーの操作は必要ありません。"),
               ("spid13s", "サーバーは [ 'any' <ipv4> 1433] で待機しています。")]}
PLAIN = {"en": [("Backup", "Log was backed up. Database: Sales{n}, creation date(time): 2021/03/04(10:11:12), first LSN: 1234:{n}:1, last LSN: 1235:{n}:1, number of dump devices: 1, device information: (FILE=1, TYPE=DISK: {{'E:\\Backup\\Sales{n}.trn'}}). This is an informational message only. No user action is required."),
                ("Logon", "Login succeeded for user 'CONTOSO\\app{n}'. Connection made using Windows authentication. [CLIENT: 10.0.{h}.{l}]"),
                ("spid{s}s", "Database backed up. Database: Sales{n}, pages dumped: {n}, first LSN: 77:{n}:1.")],
         "ja": [("バックアップ", "ログがバックアップされました。データベース: Sales{n}、作成日時: 2021/03/04(10:11:12)、最初の LSN: 1234:{n}:1、最後の LSN: 1235:{n}:1、ダンプ デバイス数: 1、デバイス情報: (FILE=1, TYPE=DISK: {{'E:\\Backup\\Sales{n}.trn'}})。これは情報メッセージです。ユーザーの操作は必要ありません。"),
                ("ログオン", "ユーザー 'CONTOSO\\app{n}' のログインが成功しました。Windows 認証を使用して接続しました。 [クライアント: 10.0.{h}.{l}]"),
                ("spid{s}s", "データベースがバックアップされました。データベース: Sales{n}、ページ数: {n}、最初の LSN: 77:{n}:1。")]}
ERRORS = {"en": [("18456", "Error: 18456, Severity: 14, State: 8.", "Login failed for user 'app{n}'. Reason: Password did not match that for the login provided. [CLIENT: 10.0.{h}.{l}]")],
          "ja": [("18456", "エラー: 18456、重大度: 14、状態: 8。", "ユーザー 'app{n}' はログインできませんでした。理由: 指定されたログインのパスワードが一致しませんでした。 [クライアント: 10.0.{h}.{l}]")]}
LOGON = {"en": "Logon", "ja": "ログオン"}


def errorlog_lines(lang):
    """(line, whether it is the first line of an error) without end."""
    when = datetime.datetime(2024, 5, 1, 12, 0, 0)
    stamp = lambda: when.strftime("%Y-%m-%d %H:%M:%S.") + f"{when.microsecond // 10000:02d} "
    for source, text in HEAD[lang]:
        yield f"{stamp()}{source:<12}{text}", False
    n = 0
    while True:
        n += 1
        when += datetime.timedelta(milliseconds=730)
        words = {"n": n, "s": n % 60 + 1, "h": n // 250 % 250, "l": n % 250 + 1}
        if n % 100 == 0:
            _, head, text = ERRORS[lang][0]
            yield f"{stamp()}{LOGON[lang]:<12}{head}", True
            yield f"{stamp()}{LOGON[lang]:<12}{text.format(**words)}", False
        source, text = PLAIN[lang][n % 3]
        yield f"{stamp()}{source.format(**words):<12}{text.format(**words)}", False


def large_errorlog(lang, size, path, encoding="utf-16-le"):
    """Returns the number of errors written."""
    errors = written = 0
    with open(path, "wb") as f:
        f.write(MARKS.get(encoding, b""))
        for line, error in errorlog_lines(lang):
            part = (line.replace("\n", "\r\n") + "\r\n").encode(encoding)
            if written + len(part) > size and not error:
                return errors
            f.write(part)
            written += len(part)
            errors += error
    return errors


def large_events(count):
    for n in range(count):
        when = datetime.datetime(2024, 5, 1) + datetime.timedelta(seconds=n)
        at = when.strftime("%Y-%m-%dT%H:%M:%SZ")
        if n % 50 == 0:
            yield evtx_write.Event(at, "Schannel", 36888, "SQL01.example.com", [("AlertDesc", "40"), ("ErrorState", "1205")])
        elif n % 50 == 25:
            yield evtx_write.Event(at, "Schannel", 36880, "SQL01.example.com", [
                ("Type", "server"), ("Protocol", "TLS 1.2"), ("CipherSuite", "0xc030"), ("ExchangeStrength", "384")], userdata=True)
        else:
            yield evtx_write.Event(at, "Service Control Manager", 7036, "SQL01.example.com", [("param1", f"Service {n} of a machine"), ("param2", "running")])


def large_evtx(size, path):
    """Returns (records, events that matter)."""
    probe = path + ".probe"
    evtx_write.write(probe, large_events(2000))
    per_chunk = 2000 / (os.path.getsize(probe) / evtx_write.CHUNK)
    os.remove(probe)
    count = int(size / evtx_write.CHUNK * per_chunk)
    return evtx_write.write(path, large_events(count)), len(range(0, count, 50)) + len(range(25, count, 50))


def main():
    a = sys.argv[1:]
    if len(a) == 4 and a[0] == "--errorlog":
        print(large_errorlog(a[1], int(a[2]) * 1000000, a[3]))
    elif len(a) == 3 and a[0] == "--evtx":
        print(*large_evtx(int(a[1]) * 1000000, a[2]))
    elif a and not a[0].startswith("-"):
        for folder in a:
            make_case(folder)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
