"""Numbers with decimal commas in batches of texts: 1.234,50 is 1234.5, in whatever column it stands."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from xaikit.io.dialect import COMMA_NUMBER

WHOLE = f"^(?:{COMMA_NUMBER.pattern})$"


def with_points(part: pa.RecordBatch, columns: Mapping[str, str]) -> pa.RecordBatch:
    """Return a batch with its decimal commas as points: what is a number becomes one, and texts that are too.

    A table in memory is asked column by column whether all of it is numbers; a stream cannot wait for the last row,
    and takes every such text for a number.

    Parameters
    ----------
    part : pyarrow.RecordBatch
        Texts, as a file with decimal commas has them, in dictionaries.
    columns : mapping of str to {"text", "number", "any"}
        What each is to be read as.

    Raises
    ------
    pyarrow.ArrowInvalid
        For a text in a column of numbers.
    """
    for i, name in enumerate(part.schema.names):
        array = part.column(i)
        if columns[name] == "any":
            continue
        if columns[name] == "number":
            array = numbers(array.dictionary).take(array.indices)
        else:
            array = pa.DictionaryArray.from_arrays(array.indices, pointed(array.dictionary))
        part = part.set_column(i, name, array)
    return part


def numbers(texts: pa.StringArray) -> pa.DoubleArray:
    """Return the numbers that texts are.

    Raises
    ------
    pyarrow.ArrowInvalid
        For anything else, and for 1.234, which is one number to some and another to others.

    Examples
    --------
    >>> numbers(pa.array(["1.234,50", " 12", "2,5e-1", None])).to_pylist()
    [1234.5, 12.0, 0.25, None]
    """
    bare = pc.utf8_trim_whitespace(texts)
    unclear = pc.and_(pc.match_substring(bare, "."), pc.invert(pc.match_substring_regex(bare, WHOLE)))
    found = bare.filter(unclear)
    if len(found):
        raise pa.ArrowInvalid(f"'{found[0]}' where decimals stand behind a comma")
    return pc.cast(pc.replace_substring(pointed(bare), ",", "."), pa.float64())


def pointed(texts: pa.StringArray) -> pa.StringArray:
    """Return texts in which numbers have points for decimals and none between thousands; others as they are.

    Examples
    --------
    >>> pointed(pa.array(["1.234,50", "-7,5", "12", "a, b", "01.02.2026"])).to_pylist()
    ['1234.50', '-7.5', '12', 'a, b', '01.02.2026']
    """
    plain = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    return pc.if_else(pc.match_substring_regex(texts, WHOLE), plain, texts)
