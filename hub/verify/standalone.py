#!/usr/bin/env python3
"""Đếm lại biểu quyết và kiểm tra hồ sơ, chuỗi sự kiện của phiên họp, trên máy bất kỳ, chỉ cần Python 3.9 trở lên.

    python3 verify.py                  hồ sơ của cả phiên họp, trong thư mục đã giải nén (or the ZIP as an argument)
    python3 verify.py vote.json        một biểu quyết (or its ZIP; --receipt CODE: one's own ballot; --json)

It shares no code with the hub on purpose: two programs that agree are worth more than one that agrees with itself.
Exit code: 0 all fits, 1 something does not, 2 the file cannot be read.
"""

import base64
import hashlib
import json
import os
import sys
import uuid
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, Optional

FORMAT = "phien-record/1"
MEETING = "phien-meeting/1"
READ_BYTES = 1024 * 1024


class Altered(Exception):
    """What does not fit, in words."""


# The chain of facts


def part(value):
    return len(value).to_bytes(4, "big") + value


def chain_hash(previous, meeting_id, fact):
    fields = (
        previous,
        uuid.UUID(meeting_id).bytes,
        str(fact["seq"]).encode(),
        fact["at"].encode(),
        fact["kind"].encode(),
        fact["body"].encode(),
    )
    return hashlib.sha256(b"".join(part(field) for field in fields)).digest()


def check_chain(record):
    """Returns the facts with their bodies read. Raises Altered naming the first fact that does not fit."""
    previous, facts = b"", []
    for expected, fact in enumerate(record["chain"], 1):
        if fact["seq"] != expected:
            raise Altered(f"thiếu sự kiện số {expected}")
        digest = chain_hash(previous, record["meeting"]["id"], fact)
        if fact["hash"] != digest.hex():
            raise Altered(f"sự kiện số {expected} ({fact['kind']}) đã bị sửa")
        previous = digest
        facts.append((fact["seq"], fact["kind"], json.loads(fact["body"])))
    if record["head"] != previous.hex():
        raise Altered(f"chuỗi bị cắt sau sự kiện số {len(facts)}")
    return facts


# RSASSA-PSS with SHA-384, RFC 8017 §8.1.2, for the papers of a secret vote


def read_public_key(pem):
    """(n, e) of a SubjectPublicKeyInfo."""
    der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))

    def open_tag(data, tag):
        if not data or data[0] != tag:
            raise Altered("khóa công khai không đọc được")
        length, at = data[1], 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
        return data[at : at + length], data[at + length :]

    spki, _ = open_tag(der, 0x30)
    _, rest = open_tag(spki, 0x30)
    bits, _ = open_tag(rest, 0x03)
    numbers, _ = open_tag(bits[1:], 0x30)
    n, rest = open_tag(numbers, 0x02)
    e, _ = open_tag(rest, 0x02)
    return der, int.from_bytes(n, "big"), int.from_bytes(e, "big")


def mgf1(seed, length):
    out = b""
    for counter in range(-(-length // 48)):
        out += hashlib.sha384(seed + counter.to_bytes(4, "big")).digest()
    return out[:length]


def is_signed(n, e, message, signature):
    size, bits = -(-n.bit_length() // 8), n.bit_length() - 1
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= n:
        return False
    encoded = pow(number, e, n).to_bytes(-(-bits // 8), "big")
    if encoded[-1] != 0xBC or encoded[0] >> (8 - (8 * len(encoded) - bits)):
        return False
    masked, digest = encoded[:-49], encoded[-49:-1]
    block = bytearray(a ^ b for a, b in zip(masked, mgf1(digest, len(masked))))
    block[0] &= 0xFF >> (8 * len(encoded) - bits)
    zeros = len(block) - 48 - 1
    if any(block[:zeros]) or block[zeros] != 1:
        return False
    inner = b"\0" * 8 + hashlib.sha384(message).digest() + bytes(block[-48:])
    return hashlib.sha384(inner).digest() == digest


# The count


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def open_answers(vote):
    roll = vote["roll"]
    people = [line[0] for line in roll["lines"]]
    if len(set(people)) != len(people):
        raise Altered("một người có hai lá phiếu")
    digest = hashlib.sha256(bytes.fromhex(roll["salt"]) + canonical(roll["lines"])).hexdigest()
    return digest, [line[1] for line in roll["lines"]], [line[2] for line in roll["lines"]]


def secret_answers(vote, opened):
    der, n, e = read_public_key(vote["public_key"])
    if hashlib.sha256(der).hexdigest() != opened["key_hash"]:
        raise Altered("khóa của hòm phiếu không phải khóa đã công bố khi mở")
    box, answers, receipts = hashlib.sha256(), [], []
    for paper in vote["box"]:
        message, signature = base64.b64decode(paper["message"]), base64.b64decode(paper["signature"])
        if not is_signed(n, e, message, signature):
            raise Altered("trong hòm có lá phiếu không được ký")
        box.update(part(message) + part(signature))
        answers.append(read_paper(message, vote["id"]))
        letters = hashlib.sha256(message).hexdigest()[:16].upper()
        receipts.append("-".join(letters[at : at + 4] for at in range(0, 16, 4)))
    if len(set(receipts)) != len(receipts):
        raise Altered("một lá phiếu có hai lần trong hòm")
    return box.hexdigest(), answers, receipts


def read_paper(message, vote_id):
    try:
        written = json.loads(message[32:].decode())
        choice = written["choice"]
        right = written["vote"] == vote_id and isinstance(choice, list) and all(isinstance(c, str) for c in choice)
    except (ValueError, KeyError, TypeError):
        return []
    return choice if right else []


def needed(threshold, base):
    halves = {"more-than-half": base // 2 + 1, "at-least-two-thirds": -(-2 * base // 3)}
    return max(1, halves.get(threshold, 2 * base // 3 + 1))


def count_question(vote, answers):
    counts = Counter(a[0] if len(a) == 1 and a[0] in vote["rule"]["choices"] else "invalid" for a in answers)
    return {name: counts[name] for name in ("agree", "disagree", "abstain", "other", "invalid")}


def count_election(vote, answers):
    options, invalid = len(vote["options"]), 0
    counts: "Counter[str]" = Counter()
    known = {str(number) for number in range(1, options + 1)}
    for answer in answers:
        if len(set(answer)) == len(answer) and 1 <= len(answer) <= vote["choose"] and set(answer) <= known:
            counts.update(answer)
        else:
            invalid += 1
    return [counts[str(number)] for number in range(1, options + 1)], invalid


def elected(counts, least, places):
    """Most votes first, with the majority; equal counts for the last place elect nobody to it."""
    won, undecided = [], []
    for number, count in enumerate(counts, 1):
        if count < least:
            continue
        above = sum(1 for other in counts if other > count)
        equal = sum(1 for other in counts if other == count)
        if above + equal <= places:
            won.append(number)
        elif above < places:
            undecided.append(number)
    return won, undecided


def recount(vote, facts):
    """Counts one vote again and compares every figure with what the chain says was told."""
    told = {kind: body for _, kind, body in facts if body.get("vote_id") == vote["id"]}
    for kind in ("vote.opened", "vote.closed", "vote.result"):
        if kind not in told:
            raise Altered(f"chuỗi không có {kind} của biểu quyết này")
    opened, closed, result = told["vote.opened"], told["vote.closed"], told["vote.result"]
    if (vote["rule"]["id"], vote["rule"]["version"]) != (opened["rule"], opened["rule_version"]):
        raise Altered("quy định trong tệp không phải quy định khi mở biểu quyết")
    if vote["on_paper"]:
        paper = vote["paper_count"]
        box_hash = hashlib.sha256(bytes.fromhex(vote["salt"]) + canonical(paper)).hexdigest()
        answers, receipts, returned = None, [], paper["returned"]
    else:
        box_hash, answers, receipts = (
            secret_answers(vote, opened) if vote["secrecy"] == "secret" else open_answers(vote)
        )
        returned = len(answers)
    if box_hash != closed["box_hash"]:
        raise Altered("các lá phiếu không phải những lá phiếu đã khóa khi đóng biểu quyết")
    if returned != closed["cast"] or (closed["issued"] is not None and returned > closed["issued"]):
        raise Altered("số phiếu thu về không khớp số phiếu phát ra hoặc số đã ghi khi đóng")
    figures = figures_of(vote, answers, returned, closed, result)
    for name, value in figures.items():
        if result[name] != value:
            raise Altered(f"{name}: hồ sơ ghi {result[name]}, đếm lại được {value}")
    return figures, receipts


def figures_of(vote, answers, returned, closed, result):
    rule, election = vote["rule"], vote["kind"] == "election"
    counts = []
    if answers is None:
        paper = vote["paper_count"]
        tally = {name: paper["counts"].get(name, 0) for name in ("agree", "disagree", "abstain", "other")}
        tally["invalid"] = paper["invalid"]
        if election:
            counts = [paper["counts"].get(str(number + 1), 0) for number in range(len(vote["options"]))]
    elif election:
        counts, invalid = count_election(vote, answers)
        tally = {"agree": 0, "disagree": 0, "abstain": 0, "other": 0, "invalid": invalid}
    else:
        tally = count_question(vote, answers)
    deemed = vote["voters"] - returned if vote["silence"] == "agree" else 0
    base = {"total": result["members"], "present": result["present"], "valid": returned - tally["invalid"] + deemed}
    base = base[rule["base"]]
    least = needed(rule["threshold"], base)
    figures = {"returned": returned, **tally, "deemed_agree": deemed, "counts": counts, "base": base, "needed": least}
    if election:
        won, undecided = elected(counts, least, vote["choose"])
        return {**figures, "passed": None, "elected": won, "undecided": undecided}
    agree = tally["agree"] + deemed
    passed = agree >= least
    tie = rule["threshold"] == "more-than-half" and base > 0 and agree == tally["disagree"] and 2 * agree == base
    if tie and rule["tie"] == "as-chair" and vote["secrecy"] == "open" and vote["chair_chose"] in ("agree", "disagree"):
        check_chair(vote)
        passed = vote["chair_chose"] == "agree"
    return {**figures, "passed": passed}


def check_chair(vote):
    mine = [line[1] for line in vote["roll"]["lines"] if line[0] == vote["chair_id"]]
    if mine != [[vote["chair_chose"]]]:
        raise Altered("ý kiến của chủ tọa không phải lá phiếu của chủ tọa")


# A whole meeting: a folder or a ZIP with a list of its files


class Folder:
    """The unpacked files of a meeting."""

    def __init__(self, path):
        self.path = path

    def names(self):
        for place, _, files in os.walk(self.path):
            for name in files:
                yield os.path.relpath(os.path.join(place, name), self.path).replace(os.sep, "/")

    def open(self, name):
        return open(os.path.join(self.path, *name.split("/")), "rb")


class Bundle:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)

    def names(self):
        return iter(self.zip.namelist())

    def open(self, name):
        return self.zip.open(name)


def read(source, name):
    """Raises Altered where the file is gone or does not come out of the ZIP as it went in."""
    try:
        with source.open(name) as file:
            return file.read()
    except (KeyError, FileNotFoundError):
        raise Altered(f"thiếu tệp {name}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise Altered(f"tệp {name} đã bị sửa") from None


def digest_of(source, name):
    digest, size = hashlib.sha256(), 0
    try:
        with source.open(name) as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
                size += len(piece)
    except (KeyError, FileNotFoundError):
        raise Altered(f"thiếu tệp {name}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise Altered(f"tệp {name} đã bị sửa") from None
    return size, digest.hexdigest()


def read_manifest(source):
    """It hashes to what it says of itself, byte for byte."""
    content = read(source, "manifest.json")
    try:
        manifest = json.loads(content)
        said = manifest.pop("manifest_hash")
        whole = canonical({**manifest, "manifest_hash": said}) == content
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Altered("tệp manifest.json đã bị sửa") from None
    if not whole or hashlib.sha256(canonical(manifest)).hexdigest() != said or manifest.get("format") != MEETING:
        raise Altered("tệp manifest.json đã bị sửa")
    return manifest, said


def check_files(source, manifest):
    listed = [one["name"] for one in manifest["files"]]
    there = list(source.names())
    strange = sorted(set(there) - set(listed) - {"manifest.json"} - {n for n in there if n.endswith("/")})
    for one in manifest["files"]:
        if digest_of(source, one["name"]) != (one["bytes"], one["sha256"]):
            raise Altered(f"tệp {one['name']} đã bị sửa")
    if strange or len(set(there)) != len(there):
        raise Altered(f"có tệp không thuộc hồ sơ: {(strange or there)[0]}")
    return listed


def check_texts(record, facts):
    """The words told beside facts are those whose hashes stand in the chain."""
    bodies = {seq: body for seq, _, body in facts}
    for text in record["texts"]:
        digest = hashlib.sha256(bytes.fromhex(text["salt"]) + text["text"].encode()).hexdigest()
        if bodies.get(text["seq"], {}).get("text_hash") != digest:
            raise Altered(f"lời của sự kiện số {text['seq']} đã bị sửa")


def check_record(source, manifest, facts):
    """The frozen record is the one whose hash was told when the meeting was closed."""
    told = [body["hash"] for _, kind, body in facts if kind == "record.closed"]
    if bool(told) != manifest["closed"]:
        raise Altered("hồ sơ nói sai về việc đã khóa hay chưa")
    if told and hashlib.sha256(read(source, "ho-so.json")).hexdigest() != told[-1]:
        raise Altered("ho-so.json không phải hồ sơ đã khóa")


def verify_meeting(source):
    report: "dict[str, Any]" = {"ok": True, "votes": [], "left_out": []}
    try:
        manifest, own = read_manifest(source)
    except Altered as error:
        return {**report, "ok": False, "why": str(error)}
    known = ("meeting", "head", "seq", "closed", "record_hash", "left_out", "made_at")
    report.update({name: manifest[name] for name in known}, manifest_hash=own)
    try:
        names = check_files(source, manifest)
        report["files"] = len(names) + 1
        record = json.loads(read(source, "su-kien.json"))
        facts = check_chain(record)
        if record["head"] != manifest["head"] or record["meeting"]["id"] != manifest["meeting"]["id"]:
            raise Altered("su-kien.json không phải chuỗi của hồ sơ này")
        check_texts(record, facts)
        check_record(source, manifest, facts)
        report["facts"] = len(facts)
    except (Altered, ValueError, KeyError, TypeError) as error:
        return {**report, "ok": False, "why": str(error)}
    for name in names:
        if name.startswith("bieu-quyet/"):
            line = count_again(json.loads(read(source, name))["vote"], facts)
            report["ok"] = report["ok"] and line["ok"]
            report["votes"].append(line)
    return report


def meeting_lines(report, receipt=None):
    if "meeting" in report:
        yield f"Phiên họp: {report['meeting']['title']}"
    if "why" in report:
        yield f"KHÔNG KHỚP: {report['why']}"
        return
    yield f"{report['files']} tệp, nguyên vẹn. Mã danh mục tệp: {report['manifest_hash']}"
    yield f"Chuỗi sự kiện: {report['facts']} sự kiện, nguyên vẹn. Mã đầu chuỗi: {report['head']}"
    if report["closed"]:
        yield f"Hồ sơ đã khóa, đúng hồ sơ đã ghi trong chuỗi: {report['record_hash']}"
    else:
        yield "Hồ sơ chưa khóa: bản sao tại thời điểm xuất."
    for one in report["left_out"]:
        yield f"Không có trong tệp: {one['what']} ({one['why']})"
    yield from vote_lines(report, receipt)
    yield "KHỚP" if report["ok"] else "KHÔNG KHỚP"


# What a person reads


def source_of(path):
    """A meeting's folder or ZIP; None where it is something else."""
    if os.path.isdir(path):
        return Folder(path) if os.path.exists(os.path.join(path, "manifest.json")) else None
    if zipfile.is_zipfile(path):
        bundle = Bundle(path)
        return None if "vote.json" in bundle.names() else bundle
    return None


def read_file(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as bundle:
            return json.loads(bundle.read("vote.json"))
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def verify(record: "dict[str, Any]") -> "dict[str, Any]":
    """A report: ``ok``, the chain's head, and for each vote its figures or what is wrong with it."""
    report = {
        "ok": True,
        "meeting": record["meeting"],
        "facts": len(record["chain"]),
        "head": record["head"],
        "votes": [],
    }
    try:
        facts = check_chain(record)
    except (Altered, ValueError, KeyError) as error:
        return {**report, "ok": False, "chain": str(error)}
    for vote in record["votes"]:
        line = count_again(vote, facts)
        report["ok"] = report["ok"] and line["ok"]
        report["votes"].append(line)
    return report


def count_again(vote, facts):
    line = {"id": vote["id"], "question": vote["question"], "ok": True}
    try:
        line["figures"], line["receipts"] = recount(vote, facts)
    except (Altered, ValueError, KeyError, TypeError) as error:
        line.update(ok=False, why=str(error))
    return line


NAMES = {"agree": "tán thành", "disagree": "không tán thành", "abstain": "không biểu quyết", "other": "ý kiến khác"}


def lines_of(report: "dict[str, Any]", receipt: "Optional[str]" = None) -> "Iterator[str]":
    yield f"Phiên họp: {report['meeting']['title']}"
    if "chain" in report:
        yield f"KHÔNG KHỚP – chuỗi sự kiện: {report['chain']}"
        return
    yield f"Chuỗi sự kiện: {report['facts']} sự kiện, nguyên vẹn. Mã đầu chuỗi: {report['head']}"
    yield from vote_lines(report, receipt)
    yield "KHỚP" if report["ok"] else "KHÔNG KHỚP"


def vote_lines(report, receipt=None):
    for vote in report["votes"]:
        yield f"Biểu quyết: {vote['question']}"
        if not vote["ok"]:
            yield f"  KHÔNG KHỚP: {vote['why']}"
            continue
        figures = vote["figures"]
        said = [f"{NAMES[name]} {figures[name]}" for name in NAMES if figures[name] or name != "other"]
        if figures["counts"]:
            said = [f"số {number}: {count}" for number, count in enumerate(figures["counts"], 1)]
        yield f"  Đếm lại {figures['returned']} lá phiếu: {', '.join(said)}; không hợp lệ {figures['invalid']}"
        outcome = {True: "được thông qua", False: "không được thông qua", None: f"trúng cử: {figures.get('elected')}"}
        yield f"  Cần {figures['needed']}/{figures['base']}: {outcome[figures['passed']]}. Khớp với hồ sơ."
        if receipt:
            there = receipt.upper() in vote["receipts"]
            yield f"  Mã biên nhận {receipt}: {'có trong các lá phiếu được đếm' if there else 'KHÔNG có'}"


def main(arguments: "list[str]") -> int:
    words, receipt = list(arguments), None
    machine = "--json" in words
    if machine:
        words.remove("--json")
    if "--receipt" in words:
        at = words.index("--receipt")
        receipt = words[at + 1] if at + 1 < len(words) else None
        del words[at : at + 2]
    beside = os.path.dirname(os.path.abspath(__file__))
    if not words and os.path.exists(os.path.join(beside, "manifest.json")):
        words = [beside]
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        source = source_of(words[0])
        if source is not None:
            return int(tell(verify_meeting(source), meeting_lines, machine, receipt))
        record = read_file(words[0])
        if record["format"] != FORMAT:
            raise ValueError(f"không phải tệp {FORMAT}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"Không đọc được tệp: {error}", file=sys.stderr)
        return 2
    return int(tell(verify(record), lines_of, machine, receipt))


def tell(report, lines, machine, receipt):
    print(json.dumps(report, ensure_ascii=False, indent=1) if machine else "\n".join(lines(report, receipt)))
    found = receipt is None or any(receipt.upper() in vote.get("receipts", []) for vote in report["votes"])
    return 0 if report["ok"] and found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
