"""Signatures: what was signed verifies, anything else does not, and the program minisign agrees."""

import base64
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaikit.core.errors import DataError
from xaikit.io.minisign import _costs, check, new_key, public_text, read_public, read_secret, secret_text, sign

# Signed by minisign 0.11 with a key without a password, in 2026: this must verify for ever.
OLD_KEY = "RWTvcGcWyCH9eDKCZvIPAtpN3QcWaxFB3HmtLoB2M0G8z/C5/beuMq92"
OLD_SIGNATURE = """\
untrusted comment: signature from minisign secret key
RUTvcGcWyCH9eLxsGPCw4+ndQFiC0tlxDvjHdO5TOp81xTstWMX42nCl/ym4aVL06rxnbM+NgEJTGpthbPXSwoBWWnzUjeawNQM=
trusted comment: timestamp:1795346679\tfile:report.html\thashed
APww9lnxISPEexN8qdwX0/BkmiaEq1hy3sc4PknGo31czN0mwEoGk3xP422iQDgjvfj1evCqtHA8h0d6uMroBA==
"""
KEY = new_key()
CONTENT = b"<!DOCTYPE html><p>a report" + bytes(range(256))
SIGNATURE = sign(CONTENT, KEY, "timestamp:1790000000\tfile:report.html\thashed")
PROGRAM = shutil.which("minisign")
needs_minisign = pytest.mark.skipif(PROGRAM is None, reason="needs the program minisign (apt-get install minisign)")


def holds(content=CONTENT, signature=SIGNATURE, key=KEY.public):
    try:
        return check(content, signature, key)
    except DataError as error:
        return str(error)


def test_what_was_signed_verifies_and_gives_its_comment():
    assert holds() == "timestamp:1790000000\tfile:report.html\thashed"


@given(st.binary(max_size=200), st.text(alphabet=st.characters(exclude_categories=("C", "Z")), max_size=40))
@settings(max_examples=40)
def test_any_content_and_comment(content, comment):
    assert check(content, sign(content, KEY, comment), KEY.public) == comment


def test_every_byte_of_the_file_counts():
    for i in range(len(CONTENT)):
        altered = CONTENT[:i] + bytes([CONTENT[i] ^ 1]) + CONTENT[i + 1 :]
        assert "altered" in holds(content=altered), i
    assert "altered" in holds(content=CONTENT + b"\n")
    assert "altered" in holds(content=CONTENT[:-1])


def test_every_letter_of_the_signature_counts_but_those_of_the_untrusted_comment():
    start = SIGNATURE.index("\n") + 1
    for i in range(start, len(SIGNATURE) - 1):
        other = "A" if SIGNATURE[i] != "A" else "B"
        altered = SIGNATURE[:i] + other + SIGNATURE[i + 1 :]
        told = holds(signature=altered)
        # the last letter before == holds four bits that base64 throws away
        same = all(_bytes(a) == _bytes(b) for a, b in zip(_lines(altered), _lines(SIGNATURE), strict=True))
        assert same or told.startswith("signature: got"), (i, told)
    assert holds(signature="untrusted comment: anything\n" + SIGNATURE[start:]) == holds()


def _lines(text):
    return text.split("\n")


def _bytes(line):
    try:
        return base64.b64decode(line, validate=True)
    except ValueError:
        return line


def test_another_key_is_named():
    other = new_key()
    assert "made with key" in holds(key=other.public)
    forged = sign(CONTENT, type(other)(KEY.id, other.seed), "x")  # the id of the one, the key of the other
    assert "altered" in holds(signature=forged)


def test_the_signature_of_another_file_is_refused():
    assert "altered" in holds(content=b"another")
    two = sign(b"another", KEY, "two")
    swapped = "\n".join([*SIGNATURE.split("\n")[:2], *two.split("\n")[2:]])
    assert "trusted comment that was altered" in holds(signature=swapped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "\n\n\n\n",
        "untrusted comment: x\nAAAA\ntrusted comment: y\nAAAA\n",
        public_text(KEY.public),
        "\0" * 400,
    ],
)
def test_what_is_no_signature_is_refused(text):
    assert holds(signature=text).startswith("signature: got")


@pytest.mark.parametrize("password", ["", "secret", "비밀번호"])
def test_a_key_comes_back(password):
    text = secret_text(KEY, password)
    assert read_secret(text, lambda: password) == KEY
    assert read_public(public_text(KEY.public)) == KEY.public
    assert read_public(str(KEY.public)) == KEY.public
    assert base64.b64encode(KEY.seed).decode()[:20] not in repr(KEY)


def test_another_password_and_a_damaged_key_are_refused():
    with pytest.raises(DataError, match="another password"):
        read_secret(secret_text(KEY, "a"), lambda: "b")
    line = secret_text(KEY).split("\n")[1]
    blob = bytearray(base64.b64decode(line))
    blob[70] ^= 1
    with pytest.raises(DataError, match="a damaged key"):
        read_secret(base64.b64encode(bytes(blob)).decode(), lambda: "")


def test_a_key_that_would_eat_the_machine_is_refused():
    blob = bytearray(base64.b64decode(secret_text(KEY, "a").split("\n")[1]))
    blob[46:54] = (1 << 50).to_bytes(8, "little")
    with pytest.raises(DataError, match="asks for"):
        read_secret(base64.b64encode(bytes(blob)).decode(), lambda: "a")


def test_keys_in_each_others_place_are_named():
    with pytest.raises(DataError, match="got a secret key; expected a minisign public key"):
        read_public(secret_text(KEY))
    with pytest.raises(DataError, match="got a public key; expected a minisign secret key"):
        read_secret(public_text(KEY.public), lambda: "")
    with pytest.raises(DataError, match="base64"):
        read_public("what?")


# libsodium's limits "interactive", "moderate" and "sensitive", and the N and p that its source derives from them
@pytest.mark.parametrize(
    ("operations", "memory", "n", "p"),
    [
        (524288, 16777216, 2**14, 1),
        (33554432, 1073741824, 2**20, 1),
        (4194304, 134217728, 2**17, 1),
        (0, 1 << 30, 2**10, 1),
    ],
)
def test_the_costs_are_libsodiums(operations, memory, n, p):
    assert _costs(operations, memory) == (n, p)


def test_a_signature_of_minisign_itself_verifies_for_ever():
    assert "file:report.html" in check(CONTENT, OLD_SIGNATURE, read_public(OLD_KEY))


def run(*arguments, **more):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60, **more)


@needs_minisign
@pytest.mark.parametrize("legacy", [False, True])
def test_minisign_signs_and_we_verify(tmp_path, legacy):
    (tmp_path / "f").write_bytes(CONTENT)
    made = run("-G", "-W", "-p", tmp_path / "k.pub", "-s", tmp_path / "k.key")
    assert made.returncode == 0, made.stderr
    signed = run(
        "-S", *(["-l"] if legacy else []), "-W", "-s", tmp_path / "k.key", "-m", tmp_path / "f", "-t", "누가"
    )
    assert signed.returncode == 0, signed.stderr
    key = read_public((tmp_path / "k.pub").read_text())
    signature = (tmp_path / "f.minisig").read_text()
    assert check(CONTENT, signature, key) == "누가"
    with pytest.raises(DataError):
        check(CONTENT + b"x", signature, key)
    assert read_secret((tmp_path / "k.key").read_text(), lambda: "").public == key


@needs_minisign
def test_we_sign_and_minisign_verifies(tmp_path):
    (tmp_path / "f").write_bytes(CONTENT)
    (tmp_path / "f.minisig").write_text(SIGNATURE)
    (tmp_path / "k.pub").write_text(public_text(KEY.public))
    told = run("-V", "-p", tmp_path / "k.pub", "-m", tmp_path / "f")
    assert told.returncode == 0, told.stderr
    assert "file:report.html" in told.stdout
    (tmp_path / "f").write_bytes(CONTENT + b"x")
    assert run("-V", "-p", tmp_path / "k.pub", "-m", tmp_path / "f").returncode != 0


@needs_minisign
@pytest.mark.parametrize("password", ["", "correct horse"])
def test_minisign_signs_with_our_key(tmp_path, password):
    (tmp_path / "f").write_bytes(CONTENT)
    (tmp_path / "k.key").write_text(secret_text(KEY, password))
    flags = [] if password else ["-W"]
    told = run("-S", *flags, "-s", tmp_path / "k.key", "-m", tmp_path / "f", input=f"{password}\n")
    assert told.returncode == 0, told.stderr
    assert check(CONTENT, (tmp_path / "f.minisig").read_text(), KEY.public)
