import pandas as pd
import pytest

from xaikit.compute.column_kinds import kind_of, prefix_of, texts_of

US = [60614, 60637, 61820, 2139] * 10


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("zip", US, "zip code"),
        ("ZipCode", US, "zip code"),
        ("home_postal_code", ["SW1A 1AA", "M1 1AE", "EC1A 1BB"] * 3, "zip code"),
        ("plz", ["10115", "80331"] * 5, "zip code"),
        ("우편번호", ["06236", "03187"] * 5, "zip code"),
        ("zip", [float(z) for z in US], "zip code"),
        ("zip3", ["606", "618"] * 5, None),  # by this name nothing is known, and three digits could be anything
        ("where", ["60614-1234", "60637-0001"] * 5, "zip code"),  # by its shape alone
        ("place", ["K1A 0B1", "M5V 3L9"] * 5, "zip code"),
        ("code", ["02139", "60614", "60637", "61820"] * 5, "zip code"),  # text with leading zeros
        ("salary", [52_000, 61_500, 48_250] * 5, None),  # five digits, but a number of no such name
        ("salary", ["52000", "61500", "48250"] * 5, None),
        ("zip", [0.2, 0.7] * 5, None),
        ("zip", [True, False] * 5, None),
        ("zip_median_income", [52_000, 61_500] * 5, None),
        ("file_zip", ["a.zip", "b.zip"] * 5, None),
        ("first_name", ["Emily", "Lakisha"] * 5, "first name"),
        ("FirstName", ["Emily", "Lakisha"] * 5, "first name"),
        ("이름", ["민준", "서연"] * 5, "first name"),
        ("성명", ["김민준", "이서연"] * 5, "name of a person"),
        ("surname", ["O'Neil", "García"] * 5, "last name"),
        ("name", ["Emily Walsh", "Jamal Jones"] * 5, "name of a person"),
        ("company_name", ["Acme", "Initech"] * 5, None),
        ("first_name", [1, 2] * 5, None),
        ("first_name", ["Emily"] * 5, None),
        ("age", [31, 45] * 5, None),
        ("zip", [None, None], None),
    ],
)
def test_a_column_is_known_by_its_name_and_its_values(name, values, kind):
    assert kind_of(name, pd.Series(values)) == kind


def test_codes_are_written_as_people_write_them():
    assert texts_of(pd.Series([2139.0, 60614.0, None])) == ["02139", "60614", ""]
    assert texts_of(pd.Series(["SW1A 1AA ", None])) == ["SW1A 1AA", ""]
    assert prefix_of(["60614", "02139", ""]).tolist() == ["606", "021", ""]


def test_an_infinite_number_is_no_code():
    assert texts_of(pd.Series([1.0, float("inf")])) == ["1.0", "inf"]
