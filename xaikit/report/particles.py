"""Korean particles agree with the sound that ends the word before them: 은 after a consonant, 는 after a vowel."""

import re
import unicodedata

FIRST, LAST = 0xAC00, 0xD7A3
NONE, RIEUL = 0, 8
DIGITS = {"0": 21, "1": RIEUL, "2": NONE, "3": 16, "4": NONE, "5": NONE, "6": 1, "7": RIEUL, "8": RIEUL, "9": NONE}
"""The final consonant of the Korean name of each digit, as its place among the finals of a syllable."""
SIGNS = {"%": NONE, "+": NONE, "²": NONE}
NAMES = {"L": RIEUL, "R": RIEUL, "M": 16, "N": 4}
"""The final consonant of the Korean names of letters; the others end in a vowel."""
SPELT = re.compile(r"[A-Z]{2,3}|[B-DF-HJ-NP-TV-XZ]{2,}")
"""What is read letter by letter: two or three capitals, or capitals without a vowel."""
LIQUID = re.compile(r"(l|le|el)$")
CLOSED = re.compile(r"(m|n|ng|ne|ck|[aeiou][kpct]|ic)$")


def final(word: str) -> int | None:
    """Return the final consonant of a word as a number, 0 for a vowel; None where it cannot be told.

    Examples
    --------
    >>> final("여성"), final("나이"), final("Male"), final("0.215"), final("💥")
    (21, 0, 8, 0, None)
    """
    letters = [c for c in word if not unicodedata.category(c).startswith(("P", "Z", "C")) or c == "%"]
    if not letters:
        return None
    last = letters[-1]
    if FIRST <= ord(last) <= LAST:
        return (ord(last) - FIRST) % 28
    if last in DIGITS or last in SIGNS:
        return DIGITS.get(last, SIGNS.get(last))
    tail = re.search(r"[A-Za-z]+$", "".join(letters))
    if tail is None:
        return None
    if len(tail[0]) == 1 or SPELT.fullmatch(tail[0]):
        return NAMES.get(tail[0][-1].upper(), NONE)
    latin = tail[0].lower()
    if LIQUID.search(latin):
        return RIEUL
    return 4 if CLOSED.search(latin) else NONE


def particle(word: str, pair: str) -> str:
    """Return the form of a particle that agrees with a word; both forms where the sound cannot be told.

    Parameters
    ----------
    word : str
        What stands before.
    pair : str
        The form after a consonant, a slash, the form after a vowel: "은/는", "이/가", "을/를", "과/와", "으로/로".

    Examples
    --------
    >>> particle("여성", "은/는"), particle("나이", "은/는"), particle("서울", "으로/로"), particle("Black", "이/가")
    ('은', '는', '로', '이')
    """
    closed, open_ = pair.split("/", 1)
    sound = final(word)
    if sound is None:
        return f"{closed}({open_})"
    if sound == RIEUL and closed.startswith("으"):
        return open_
    return open_ if sound == NONE else closed
