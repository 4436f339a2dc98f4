# SPDX-License-Identifier: Apache-2.0
"""Registry hives for tests: an empty one of a few bytes, filled and changed by hivexregedit (package libhivex-bin)."""
import re
import shutil
import struct
import subprocess


def empty_hive():
    """Base block, one bin: a root key, its security descriptor, and free room. Layout: github.com/msuhanov/regf, Windows registry file format."""
    descriptor = bytes.fromhex("010004801400000024000000000000003000000001020000000000052000000020020000010200000000000520000000200200000200080000000000")
    sk_at, root_at = 0x20 + 0x60, 0x20
    root = struct.pack("<h2sHQIIIIIIIIIIIIIIIHH", -0x60, b"nk", 0x2C, 0, 0, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF,
                       sk_at, 0xFFFFFFFF, 0, 0, 0, 0, 0, 4, 0)[2:]
    root = struct.pack("<i", -0x60) + root + b"ROOT"
    root += bytes(0x60 - len(root))
    size = (4 + 20 + len(descriptor) + 7) // 8 * 8
    sk = struct.pack("<i2sHIIII", -size, b"sk", 0, sk_at, sk_at, 1, len(descriptor)) + descriptor
    sk += bytes(size - len(sk))
    free = 4096 - 0x20 - len(root) - len(sk)
    block = b"hbin" + struct.pack("<IIQQI", 0, 4096, 0, 0, 0) + root + sk + struct.pack("<i", free) + bytes(free - 4)
    head = b"regf" + struct.pack("<IIQIIIIIII", 1, 1, 0, 1, 3, 0, 1, root_at, 4096, 1) + bytes(64)
    head += bytes(508 - len(head))
    check = 0
    for word in struct.unpack("<127I", head):
        check ^= word
    return head + struct.pack("<I", check) + bytes(4096 - 512) + block


def data_text(kind, data):
    return f"hex({kind:x}):" + ",".join(f"{b:02x}" for b in data)


def quote(name):
    return "@" if name == "" else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def merge_text(steps, prefix, there):
    """For hivexregedit: parents before children, data in hexadecimal, nothing deleted that is not there. `there` is the set of keys, lower
    case, that exist, and is kept up to date."""
    out = ["Windows Registry Editor Version 5.00", ""]
    for what, path, name, kind, data in steps:
        path = re.sub(r"(?i)^(HKEY_LOCAL_MACHINE\\SYSTEM\\)CurrentControlSet(?=\\|$)", r"\1ControlSet001", path)
        if not (path + "\\").lower().startswith(prefix.lower() + "\\"):
            continue
        if what == "-key":
            if path.lower() in there:
                out += [f"[-{path}]", ""]
                there -= {k for k in there if (k + "\\").startswith(path.lower() + "\\")}
            continue
        if what == "-value" and path.lower() not in there:
            continue
        parts = path.split("\\")
        for n in range(len(prefix.split("\\")) + 1, len(parts) + 1):
            key = "\\".join(parts[:n])
            if key.lower() not in there:
                there.add(key.lower())
                out += [f"[{key}]", ""]
        if what == "value":
            out += [f"[{path}]", f"{quote(name)}={data_text(kind, data)}", ""]
        elif what == "-value":
            out += [f"[{path}]", f"{quote(name)}=-", ""]
    return "\n".join(out) + "\n"


def export(hive, prefix):
    """The whole hive as text (UTF-16 values as hex), by libhivex."""
    done = subprocess.run(["hivexregedit", "--export", "--unsafe-printable-strings", "--prefix", prefix, hive, "\\"], capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{hive}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode()


def keys_of(hive, prefix):
    return {line[1:-1].lower() for line in export(hive, prefix).splitlines() if line.startswith("[") and line.endswith("]")}


def merge(hive, prefix, steps, there=None):
    """Applies the steps to the hive."""
    text = merge_text(steps, prefix, keys_of(hive, prefix) if there is None else there)
    done = subprocess.run(["hivexregedit", "--merge", "--prefix", prefix, hive], input=text.encode(), capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{hive}: {done.stderr.decode(errors='replace')}\n{text}")


def usable():
    return shutil.which("hivexregedit") is not None
