# SPDX-License-Identifier: Apache-2.0
"""What Windows' own tools would do with the files of `akushu fix`, on a tree of keys in memory.

A tree is {key: (name, {value: (name, type, data)})} with lower-case names as keys; paths begin with HKEY_LOCAL_MACHINE and have the real
control set. The readers are strict: a line that is not one of those that akushu writes is an error, so that nothing is passed over.
"""
import re
import struct

TYPES = {"REG_SZ": 1, "REG_EXPAND_SZ": 2, "REG_BINARY": 3, "REG_DWORD": 4, "REG_MULTI_SZ": 7}
KINDS = {"String": 1, "ExpandString": 2, "Binary": 3, "DWord": 4, "MultiString": 7}
ROOTS = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKU": "HKEY_USERS"}


class Wrong(Exception):
    pass


def utf16(text):
    return text.encode("utf-16-le")


class Tree:
    def __init__(self):
        self.keys = {}

    def copy(self):
        other = Tree()
        other.keys = {k: (path, dict(values)) for k, (path, values) in self.keys.items()}
        return other

    @staticmethod
    def real(path):
        root, _, rest = path.partition("\\")
        path = ROOTS.get(root, root) + "\\" + rest
        return re.sub(r"(?i)^(HKEY_LOCAL_MACHINE\\SYSTEM\\)CurrentControlSet(?=\\|$)", r"\1ControlSet001", path)

    def make(self, path):
        path = self.real(path)
        parts = path.split("\\")
        for n in range(1, len(parts) + 1):
            part = "\\".join(parts[:n])
            self.keys.setdefault(part.lower(), (part, {}))
        return self.keys[path.lower()][1]

    def find(self, path):
        found = self.keys.get(self.real(path).lower())
        return None if found is None else found[1]

    def children(self, path):
        start = self.real(path).lower() + "\\"
        return [k for k in self.keys if k.startswith(start)]

    def put(self, path, name, kind, data):
        self.make(path)[name.lower()] = (name, kind, data)

    def unset(self, path, name):
        values = self.find(path)
        if values is not None:
            values.pop(name.lower(), None)

    def remove(self, path):
        for key in self.children(path):
            del self.keys[key]
        self.keys.pop(self.real(path).lower(), None)

    def remove_if_empty(self, path):
        if self.find(path) == {} and not self.children(path):
            self.remove(path)

    def same(self):
        """To compare: names of keys and values without case, in no order."""
        return {k: {n: v[1:] for n, v in values.items()} for k, (_, values) in self.keys.items()}


# ---------------------------------------------------------------- .reg

def reg_text(data):
    if not data.startswith(b"\xff\xfe"):
        raise Wrong("a .reg file begins with the byte order mark of UTF-16LE")
    text = data[2:].decode("utf-16-le")
    if "\n" in text.replace("\r\n", ""):
        raise Wrong("a line that does not end in CRLF")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[:2] != ["Windows Registry Editor Version 5.00", ""]:
        raise Wrong("not the first line of regedit's files")
    return lines[1:]


def reg_data(text):
    if text.startswith('"'):
        found = re.fullmatch(r'"((?:[^"\\]|\\["\\])*)"', text)
        if not found:
            raise Wrong(text)
        return 1, utf16(re.sub(r"\\(.)", r"\1", found.group(1)) + "\0")
    if re.fullmatch(r"dword:[0-9a-f]{8}", text):
        return 4, struct.pack("<I", int(text[6:], 16))
    found = re.fullmatch(r"hex(?:\(([0-9a-f]+)\))?:((?:[0-9a-f]{2}(?:,|$))*)", text)
    if not found:
        raise Wrong(text)
    return int(found.group(1) or "3", 16), bytes(int(x, 16) for x in found.group(2).split(",") if x)


def reg_steps(lines):
    """("key" | "-key" | "value" | "-value", path, name, type, data)"""
    joined, path = re.sub(r"\\\n +", "", "\n".join(lines)).split("\n"), None
    for line in joined:
        if not line or line.startswith(";"):
            continue
        if line.startswith("[-") and line.endswith("]"):
            path = None
            yield "-key", line[2:-1], None, None, None
        elif line.startswith("[") and line.endswith("]"):
            path = line[1:-1]
            yield "key", path, None, None, None
        else:
            found = re.fullmatch(r'(@|"(?:[^"\\]|\\["\\])*")=(.*)', line)
            if not found or path is None:
                raise Wrong(line)
            name = "" if found.group(1) == "@" else re.sub(r"\\(.)", r"\1", found.group(1)[1:-1])
            if found.group(2) == "-":
                yield "-value", path, name, None, None
            else:
                yield ("value", path, name, *reg_data(found.group(2)))


def run_reg(tree, data):
    for what, path, name, kind, value in reg_steps(reg_text(data)):
        if what == "key":
            tree.make(path)
        elif what == "-key":
            tree.remove(path)
        elif what == "value":
            tree.put(path, name, kind, value)
        else:
            tree.unset(path, name)


# ---------------------------------------------------------------- cmd.exe and reg.exe

CMD_FRAME = re.compile(
    r"@echo off\n(rem [^\n&|<>^]*\n)+setlocal\nif defined PROCESSOR_ARCHITEW6432 \(\n    echo [^\n]*\n    exit /b 2\n\)\nset AKUSHU_FAILED=0\n\n"
    r"(?P<body>.*)\nif %AKUSHU_FAILED%==1 echo [^\n]*\nexit /b %AKUSHU_FAILED%\n\n:remove_if_empty\nreg query %1 >nul 2>&1\n"
    r'if errorlevel 1 exit /b 0\nreg query %1 2>nul \| findstr /l /b /i /c:"    " /c:"%~1\\\\" >nul\nif errorlevel 1 reg delete %1 /f\nexit /b 0\n\Z',
    re.S)
WORD = re.compile(r'"((?:[^"%]|%%)*)"|([^\s"%]+)')


def cmd_words(line):
    words, at = [], 0
    while at < len(line):
        found = WORD.match(line, at)
        if not found:
            raise Wrong(line)
        words.append((found.group(1) if found.group(2) is None else found.group(2)).replace("%%", "%"))
        at = found.end() + 1
    return words


def cmd_data(kind, text):
    if kind == "REG_DWORD":
        return struct.pack("<I", int(text, 0))
    if kind == "REG_BINARY":
        return bytes.fromhex(text)
    if kind == "REG_MULTI_SZ":
        return utf16("".join(x + "\0" for x in text.split("\\0")) + "\0")
    return utf16(text + "\0")


def run_cmd(tree, data, read):
    """`read` gives the bytes of a file that lies beside the script."""
    text = data.decode("ascii")
    if "\n" in text.replace("\r\n", ""):
        raise Wrong("a line that does not end in CRLF")
    frame = CMD_FRAME.match(text.replace("\r\n", "\n"))
    if not frame:
        raise Wrong("not the frame of a .cmd file:\n" + text[:3000])
    scheduled, there = [], False
    for line in frame.group("body").split("\n"):
        if not line or line in ("if errorlevel 1 set AKUSHU_FAILED=1", "if errorlevel 1 exit /b 1"):
            continue
        found = re.fullmatch(r"(reg query .*) >nul 2>&1", line)
        if found:
            words = cmd_words(found.group(1))
            there = tree.find(words[2]) is not None and (
                len(words) == 3 or ("" if words[3] == "/ve" else words[4].lower()) in tree.find(words[2]))
            continue
        if line.startswith("if not errorlevel 1 "):
            if not there:
                continue
            line = line[len("if not errorlevel 1 "):]
        if re.match(r"(schtasks|md|copy) ", line):
            scheduled.append(line)
            continue
        imported = re.fullmatch(r'reg import "%~dp0([^"]+)"', line)
        if imported:
            run_reg(tree, read(imported.group(1)))
            continue
        words = cmd_words(line)
        if words[:2] == ["call", ":remove_if_empty"] and len(words) == 3:
            tree.remove_if_empty(words[2])
        elif words[:2] == ["reg", "add"] and words[3:] == ["/f"]:
            tree.make(words[2])
        elif words[:2] == ["reg", "add"] and words[-1] == "/f":
            rest = words[3:-1]
            name = "" if rest[0] == "/ve" else rest[1]
            rest = rest[1:] if rest[0] == "/ve" else rest[2:]
            if len(rest) != 4 or rest[0] != "/t" or rest[2] != "/d":
                raise Wrong(line)
            tree.put(words[2], name, TYPES[rest[1]], cmd_data(rest[1], rest[3]))
        elif words[:2] == ["reg", "delete"] and words[3:] == ["/f"]:
            tree.remove(words[2])
        elif words[:2] == ["reg", "delete"] and words[-1] == "/f":
            tree.unset(words[2], "" if words[3] == "/ve" else words[4])
        else:
            raise Wrong(line)
    return scheduled


# ---------------------------------------------------------------- PowerShell

PS1_TOKEN = re.compile(r"\s*(?:'((?:[^'\u2018-\u201b]|''|\u2018\u2018|\u2019\u2019|\u201a\u201a|\u201b\u201b)*)'|(@\()|(\))|(,)|(-?[0-9]+|0x[0-9a-f]{2})(?![\w]))")
CALLS = ("Set-FixValue", "Remove-FixValue", "New-FixKey", "Remove-FixKey", "Remove-FixKeyIfEmpty")


def ps1_words(line):
    words, stack, at = [], [], 0
    while at < len(line):
        found = PS1_TOKEN.match(line, at)
        if not found:
            raise Wrong(line)
        text, opened, closed, _, number = found.groups()
        place = stack[-1] if stack else words
        if opened:
            stack.append([])
        elif closed:
            (stack[-2] if len(stack) > 1 else words).append(stack.pop())
        elif number is not None:
            place.append(int(number, 0))
        elif text is not None:
            place.append(re.sub("(['\u2018-\u201b])\\1", r"\1", text))
        at = found.end()
    return words


def ps1_data(kind, data):
    if kind == "DWord":
        return struct.pack("<i", data)
    if kind == "Binary":
        return bytes(data)
    if kind == "MultiString":
        return utf16("".join(x + "\0" for x in data) + "\0")
    return utf16(data + "\0")


def run_ps1(tree, data, read):
    text = data.decode("utf-8-sig")
    if not data.startswith(b"\xef\xbb\xbf") or "\n" in text.replace("\r\n", ""):
        raise Wrong("no byte order mark, or a line that does not end in CRLF")
    if re.search(r"\?\?|\?\.|-LiteralPath|\[pscustomobject\]|&&|\|\||-notin|-in ", text.split("\r\n\r\n")[0]):
        raise Wrong("something that PowerShell 2.0 lacks")
    _, end, body = text.replace("\r\n", "\n").partition("    if ($empty) { Remove-FixKey $Key }\n}\n\n")
    if not end:
        raise Wrong("not the frame of a .ps1 file")
    scheduled = []
    for line in body.split("\n"):
        name, _, rest = line.partition(" ")
        imported = re.fullmatch(r"& reg\.exe import \(Join-Path \$here '([^']+)'\)", line)
        if imported:
            run_reg(tree, read(imported.group(1)))
        elif name in CALLS:
            words = ps1_words(rest)
            if name == "Set-FixValue":
                path, value, kind, data = words
                tree.put(path, value, KINDS[kind], ps1_data(kind, data))
            elif name == "Remove-FixValue":
                tree.unset(*words)
            else:
                {"New-FixKey": tree.make, "Remove-FixKey": tree.remove, "Remove-FixKeyIfEmpty": tree.remove_if_empty}[name](*words)
        elif re.match(r"\$keep = |if \(-not \(Test-Path \$keep|Copy-Item |& schtasks\.exe |if \(\$LASTEXITCODE|cmd\.exe /c 'schtasks ", line):
            scheduled.append(line)
        elif line:
            raise Wrong(line)
    return scheduled


# ---------------------------------------------------------------- policy

def run_lgpo(tree, data):
    lines = [x for x in data.decode("ascii").replace("\r\n", "\n").split("\n") if not x.startswith(";")]
    for block in "\n".join(lines).strip("\n").split("\n\n"):
        side, key, name, action = block.split("\n")
        path = {"Computer": "HKLM", "User": "HKCU"}[side] + "\\" + key
        what, _, text = action.partition(":")
        if what == "DELETE":
            tree.unset(path, name)
        else:
            kind = {"SZ": "REG_SZ", "EXSZ": "REG_EXPAND_SZ", "MULTISZ": "REG_MULTI_SZ", "DWORD": "REG_DWORD"}[what]
            tree.put(path, name, TYPES[kind], cmd_data(kind, text))


def run_gpp(tree, data):
    import xml.etree.ElementTree as xml
    for item in xml.fromstring(data).iter("Properties"):
        path = item.get("hive") + "\\" + item.get("key")
        if item.get("action") == "D":
            tree.unset(path, item.get("name"))
            continue
        kind, text = item.get("type"), item.get("value")
        if kind == "REG_DWORD":
            text = str(int(text, 16))
        if kind == "REG_MULTI_SZ":
            text = "\\0".join(x.text for x in item.iter("Value"))
        tree.put(path, item.get("name"), TYPES[kind], cmd_data(kind, text))
