"""Signatures in minisign's format: keys and signatures that the program `minisign` reads and writes.

Ed25519 over the BLAKE2b digest of the file; the trusted comment, which holds the time, is signed as well.

References
----------
Denis, F. minisign: file format. https://jedisct1.github.io/minisign/; Josefsson & Liusvaara (2017), RFC 8032;
Percival & Josefsson (2016), RFC 7914 (scrypt).
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from xaikit.core.errors import DataError, MissingExtraError, shown

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError as missing:
    raise MissingExtraError(
        "signatures", "no cryptography", "the optional package that signs", "pip install 'xaikit[sign]'"
    ) from missing

PLAIN, HASHED, SCRYPT, NO_PASSWORD, BLAKE = b"Ed", b"ED", b"Sc", b"\0\0", b"B2"
OPERATIONS, MEMORY = 4_194_304, 134_217_728  # scrypt with N = 2^17, r = 8, p = 1: half a second, 128 MB
LARGEST = 1 << 31  # bytes of memory that a key file may ask for
SECRET = 2 + 2 + 2 + 32 + 8 + 8 + 8 + 64 + 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies: `id` (8 bytes, tells keys apart) and the key itself (32 bytes)."""

    id: bytes
    key: bytes

    def __str__(self) -> str:
        return base64.b64encode(PLAIN + self.id + self.key).decode()


@dataclass(frozen=True, slots=True)
class SecretKey:
    """What signs: `id` (8 bytes) and the seed of the key (32 bytes)."""

    id: bytes
    seed: bytes

    def __repr__(self) -> str:
        return f"SecretKey({shown_id(self.id)})"

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.id, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())


def new_key() -> SecretKey:
    """Return a new secret key, from the system's source of randomness."""
    return SecretKey(secrets.token_bytes(8), secrets.token_bytes(32))


def shown_id(id_: bytes) -> str:
    """Return a key's id as minisign prints it."""
    return id_[::-1].hex().upper()


def public_text(key: PublicKey) -> str:
    """Return the file of a public key."""
    return f"untrusted comment: minisign public key {shown_id(key.id)}\n{key}\n"


def secret_text(key: SecretKey, password: str = "") -> str:
    """Return the file of a secret key; without a password it is not encrypted."""
    body = key.id + key.seed + key.public.key
    body += _checksum(key)
    salt, operations, memory = secrets.token_bytes(32), OPERATIONS, MEMORY
    if password:
        body = _masked(body, password, salt, operations, memory)
    else:
        salt, operations, memory = bytes(32), 0, 0
    numbers = operations.to_bytes(8, "little") + memory.to_bytes(8, "little")
    blob = PLAIN + (SCRYPT if password else NO_PASSWORD) + BLAKE + salt + numbers + body
    kind = "encrypted secret key" if password else "secret key, without a password"
    return f"untrusted comment: minisign {kind}\n{base64.b64encode(blob).decode()}\n"


def read_public(text: str, where: str = "public key") -> PublicKey:
    """Return the public key in a file's text, or in the one line of it that begins with RW.

    Raises
    ------
    DataError
        When it is none.
    """
    blob = _decoded(text.strip().split("\n")[-1], where)
    if len(blob) != 42 or blob[:2] != PLAIN:
        raise DataError(where, _looks_like(text, blob), "a minisign public key: 56 letters that begin with RW")
    return PublicKey(blob[2:10], blob[10:])


def read_secret(text: str, password: Callable[[], str], where: str = "secret key") -> SecretKey:
    """Return the secret key in a file's text.

    Parameters
    ----------
    text : str
        Of the file.
    password : callable
        Asked only where the key is encrypted.
    where : str
        The file, for errors.

    Raises
    ------
    DataError
        When it is none, or the password is another.
    """
    blob = _decoded(text.strip().split("\n")[-1], where)
    if len(blob) != SECRET or blob[:2] != PLAIN or blob[4:6] != BLAKE or blob[2:4] not in (SCRYPT, NO_PASSWORD):
        raise DataError(where, _looks_like(text, blob), "a minisign secret key")
    operations, memory = (int.from_bytes(blob[i : i + 8], "little") for i in (38, 46))
    body = blob[54:]
    if blob[2:4] == SCRYPT:
        if memory > LARGEST or operations > LARGEST:
            raise DataError(where, f"a key that asks for {memory:,} bytes and {operations:,} steps", f"{LARGEST:,}")
        body = _masked(body, password(), blob[6:38], operations, memory)
    key = SecretKey(body[:8], body[8:40])
    encrypted = blob[2:4] == SCRYPT
    sums = {_checksum(key)} if encrypted else {_checksum(key), bytes(32)}  # minisign leaves that of a plain key empty
    if body[40:72] != key.public.key or body[72:] not in sums:
        got, expected = ("another password", "that of the key") if encrypted else ("a damaged key", "a whole one")
        raise DataError(where, got, expected)
    return key


def sign(content: bytes, key: SecretKey, trusted: str) -> str:
    """Return the signature of a file, as the text of its `.minisig`.

    Parameters
    ----------
    content : bytes
        Of the file.
    key : SecretKey
        What signs.
    trusted : str
        One line that is signed as well: the time, the name of the file.
    """
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    signature = private.sign(hashlib.blake2b(content).digest())
    both = private.sign(signature + trusted.encode())
    line = base64.b64encode(HASHED + key.id + signature).decode()
    whole = base64.b64encode(both).decode()
    comment = f"signature by xaikit, key {shown_id(key.id)}"
    return f"untrusted comment: {comment}\n{line}\ntrusted comment: {trusted}\n{whole}\n"


def check(content: bytes, signature: str, key: PublicKey, where: str = "signature") -> str:
    """Return the trusted comment of a signature that holds.

    Raises
    ------
    DataError
        When it is none, was made with another key, or for other content; or when its comment was altered.
    """
    lines = signature.replace("\r\n", "\n").rstrip("\n").split("\n")
    if (
        len(lines) != 4
        or not lines[0].startswith("untrusted comment: ")
        or not lines[2].startswith("trusted comment: ")
    ):
        raise DataError(where, "a text of another form", "the four lines of a minisign signature")
    blob, both = _decoded(lines[1], where), _decoded(lines[3], where)
    if len(blob) != 74 or blob[:2] not in (PLAIN, HASHED) or len(both) != 64:
        raise DataError(where, "a signature of another form", "a minisign signature")
    if blob[2:10] != key.id:
        raise DataError(where, f"one made with key {shown_id(blob[2:10])}", f"one made with key {shown_id(key.id)}")
    public = Ed25519PublicKey.from_public_bytes(key.key)
    trusted = lines[2].removeprefix("trusted comment: ")
    signed = hashlib.blake2b(content).digest() if blob[:2] == HASHED else content
    try:
        public.verify(blob[10:], signed)
    except InvalidSignature:
        raise DataError(where, "one that does not fit the file: file or signature was altered", "its own") from None
    try:
        public.verify(both, blob[10:] + trusted.encode())
    except InvalidSignature:
        raise DataError(where, "a trusted comment that was altered", "the one that was signed") from None
    return trusted


def _checksum(key: SecretKey) -> bytes:
    return hashlib.blake2b(PLAIN + key.id + key.seed + key.public.key, digest_size=32).digest()


def _masked(body: bytes, password: str, salt: bytes, operations: int, memory: int) -> bytes:
    n, p = _costs(operations, memory)
    stream = hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=8, p=p, maxmem=n * 8 * 256 + (1 << 24), dklen=len(body)
    )
    return bytes(a ^ b for a, b in zip(body, stream, strict=True))


def _costs(operations: int, memory: int) -> tuple[int, int]:
    """Return N and p of scrypt (r is 8) as libsodium derives them from its two limits."""
    operations = max(operations, 32768)
    few = operations < memory // 32
    most = operations // 32 if few else memory // 1024
    n = 2
    while n <= most // 2 and n < 1 << 62:
        n *= 2
    p = 1 if few else min(operations // 4 // n, 0x3FFFFFFF) // 8
    return n, max(p, 1)


def _decoded(line: str, where: str) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise DataError(where, f"{shown(line.strip(), 40)}", "a line of base64") from None


def _looks_like(text: str, blob: bytes) -> str:
    if len(blob) == SECRET:
        return "a secret key"
    if len(blob) == 42:
        return "a public key"
    return "a signature" if text.count("\n") > 2 else f"{len(blob)} bytes of something else"
