import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.stats.test_tally import same
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError
from xaikit.io import batches as batches_
from xaikit.io.streams import streamed, tally_stream
from xaikit.stats.tally import Tally

ROLES = Roles(
    decision="hired",
    label="good",
    score="score",
    sensitive=("sex", "race"),
    control=("dept",),
    weight="w",
    cluster="who",
)
PLAIN = Roles(decision="hired", sensitive=("sex",))


def frame(n=2500, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sex": rng.choice(np.array(["F", "M", None], dtype=object), n),
            "race": rng.choice(["NA", "None", "B", "ü×é"], n),
            "dept": rng.integers(1, 4, n),
            "hired": rng.integers(0, 2, n),
            "good": rng.integers(0, 2, n),
            "score": rng.integers(0, 9, n) / 8,
            "w": rng.integers(1, 9, n) / 4,
            "who": rng.integers(0, 300, n).astype(str),
            "unread": rng.random(n),
        }
    )


def write(data, path, **more):
    if path.suffix == ".csv":
        data.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        data.to_parquet(path, **more)
    else:
        table = pa.Table.from_pandas(data)
        with pa.ipc.new_file(str(path), table.schema) as out:
            out.write_table(table, max_chunksize=700)
    return path


def whole(data, roles=ROLES):
    return Tally.of(Decisions.of(data, roles))


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_a_stream_leaves_the_tally_of_the_table(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(batches_, "ROWS", 512)
    monkeypatch.setattr(batches_, "BLOCK", 20_000)
    data = frame()
    more = {"row_group_size": 900} if suffix == ".parquet" else {}
    found = tally_stream(write(data, tmp_path / f"d{suffix}", **more), ROLES)
    same(found, whole(data))


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_bands_of_a_stream_are_those_of_the_table(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(batches_, "ROWS", 300)
    monkeypatch.setattr(batches_, "BLOCK", 9_000)
    rng = np.random.default_rng(5)
    data = frame().assign(age=rng.integers(5, 99, 2500).astype(float), dept=rng.random(2500).round(2))
    data.loc[rng.random(2500) < 0.05, "age"] = np.nan  # "NA" among the numbers of a file
    data = data.sort_values("age", ascending=False)  # so that low bands come late
    roles = Roles(decision="hired", sensitive=["age"], control=["dept"], bins={"age": [9, 40, 65], "dept": [0.25]})
    found = tally_stream(write(data.fillna({"race": ""}), tmp_path / f"d{suffix}"), roles)
    assert found.axes[0].groups == ("<9", "9–<40", "40–<65", "≥65", "unknown")
    same(found, whole(data, roles))


def test_shards_of_a_folder_with_categories_that_appear_late(tmp_path):
    parts = [frame(400, 1).assign(sex="M"), frame(400, 2).assign(race="late"), frame(400, 3)]
    for i, part in enumerate(parts):
        write(part, tmp_path / f"part-{i}.parquet")
    same(tally_stream(tmp_path, ROLES), whole(pd.concat(parts)))


def test_favourable_outcomes_of_any_type(tmp_path):
    data = pd.DataFrame({"sex": ["F", "M"] * 3, "hired": ["yes", "no", "no", "yes", "yes", "no"]})
    roles = Roles(decision="hired", favourable="yes", sensitive=("sex",))
    for suffix in (".csv", ".parquet"):
        same(tally_stream(write(data, tmp_path / f"t{suffix}"), roles), whole(data, roles))
    flags = data.assign(hired=data.hired == "yes")
    roles = Roles(decision="hired", favourable=True, sensitive=("sex",))
    for suffix in (".csv", ".parquet"):
        same(tally_stream(write(flags, tmp_path / f"f{suffix}"), roles), whole(flags, roles))
    ones = data.assign(hired=data.hired.map({"yes": 2, "no": 1}))
    roles = Roles(decision="hired", favourable=2, sensitive=("sex",))
    same(tally_stream(write(ones, tmp_path / "i.parquet"), roles), whole(ones, roles))


def test_many_valued_scores_are_binned_over_the_whole_stream(tmp_path):
    rng = np.random.default_rng(0)
    data = frame(6000).assign(score=rng.random(6000))
    roles = Roles(decision="hired", score="score", sensitive=("race",))
    ordered = data.sort_values("score")
    for i in range(3):
        write(ordered[2000 * i : 2000 * (i + 1)], tmp_path / f"s{i}.parquet")
    found = tally_stream(tmp_path, roles)
    assert found.scores is not None
    assert 900 < len(found.scores.edges) < 1300
    assert found.scores.counts.sum() == 6000
    per_bin = found.scores.counts.sum(axis=(0, 2))
    assert per_bin.max() < 40  # about a thousandth of the rows each


BAD = {
    "a column that is missing": (lambda d: d.rename(columns={"sex": "sexx"}), "no column 'sex'.*Did you mean 'sexx'"),
    "a third decision": (lambda d: d.assign(hired=[2] * len(d)), "more than two values in column 'hired'"),
    "a decision that is missing": (
        lambda d: d.assign(hired=pd.array([None] + [1] * (len(d) - 1), dtype="Int64")),
        "1 missing values",
    ),
    "a column that changes type": (
        lambda d: d.assign(sex=range(len(d))),
        "column 'sex' of integer.*text, as in a.parq",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_shard_is_named(tmp_path, case):
    change, message = BAD[case]
    data = pd.DataFrame({"sex": ["F", "M"] * 50, "hired": [1, 0] * 50})
    write(data, tmp_path / "a.parquet")
    write(change(data), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=rf"(?s)b\.parquet.*{message}"):
        tally_stream(tmp_path, PLAIN)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("w", -1.0, "row group 2 of 4: got a weight of -1 in row 3"),
        ("w", np.nan, "row group 2 of 4.*NaN.*'w', the first in row 3"),
        ("score", np.inf, "row group 2 of 4.*'score'"),
        ("who", None, "row group 2 of 4.*missing values in column 'who'"),
    ],
)
def test_a_bad_value_is_named_with_its_row_group(tmp_path, column, value, message):
    data = frame(400)
    data.loc[102, column] = value
    path = write(data, tmp_path / "d.parquet", row_group_size=100)
    edges = np.linspace(0, 1, 9)
    with pytest.raises(DataError, match=rf"d\.parquet, {message}"):
        tally_stream(path, ROLES, edges=edges)


def test_a_truncated_file_is_named(tmp_path):
    path = write(frame(5000), tmp_path / "d.parquet", row_group_size=500)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match=r"d\.parquet.*cannot be read"):
        tally_stream(path, PLAIN)
    path = write(frame(5000), tmp_path / "d.arrow")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"d\.arrow.*cannot be read"):
        tally_stream(path, PLAIN)


def test_damage_inside_a_row_group_is_named(tmp_path):
    path = write(frame(5000), tmp_path / "d.parquet", row_group_size=1000)
    raw = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(3).column(0).dictionary_page_offset
    raw[start : start + 30] = b"\xff" * 30
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"d\.parquet.*row group"):
        tally_stream(path, PLAIN)


def test_a_csv_whose_column_changes_type_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(batches_, "BLOCK", 2000)
    lines = ["sex,hired,w", *(f"F,1,{i}.5" for i in range(500)), "M,0,heavy", *("M,0,1.0" for _ in range(500))]
    path = tmp_path / "d.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=r"d\.csv.*heavy"):
        tally_stream(path, Roles(decision="hired", sensitive=("sex",), weight="w"))


def test_dates_out_of_order_are_named(tmp_path):
    data = pd.DataFrame(
        {"sex": ["F", "M"] * 50, "hired": [1, 0] * 50, "day": pd.date_range("2026-01-01", periods=100)}
    )
    path = write(data, tmp_path / "d.parquet", row_group_size=40)
    tally_stream(path, PLAIN, ordered_by="day")
    swapped = data.assign(day=data.day.sample(frac=1, random_state=0).to_numpy())
    with pytest.raises(DataError, match=r"row group 1 of 3: got 'day' falls from"):
        tally_stream(write(swapped, path, row_group_size=40), PLAIN, ordered_by="day")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "nowhere.parquet", "no such file"),
        (lambda p: write(frame(5), p / "hires.csv").with_name("hire.csv"), "no such file.*Did you mean 'hires.csv'"),
        (lambda p: p, "a folder without data"),
        (lambda p: write(frame(5), p / "d.parquet").rename(p / "d.xls"), "a file named .xls"),
        (lambda p: write(frame(0), p / "d.parquet"), "no rows"),
    ],
)
def test_what_is_not_a_stream_is_named(tmp_path, make, message):
    with pytest.raises(DataError, match=message):
        tally_stream(make(tmp_path), PLAIN)


def test_a_favourable_value_that_never_comes(tmp_path):
    data = pd.DataFrame({"sex": ["F", "M"], "hired": ["Yes", "No"]})
    with pytest.raises(DataError, match="Did you mean 'Yes'"):
        tally_stream(write(data, tmp_path / "d.csv"), Roles(decision="hired", favourable="yes", sensitive=("sex",)))


def test_a_category_that_no_row_has_is_no_outcome(tmp_path):
    data = pd.DataFrame({"sex": ["F", "M"], "hired": pd.Categorical(["0", "0"], ["0", "never"])})
    found = streamed(write(data, tmp_path / "t.arrow"), Roles(decision="hired", favourable="1", sensitive=["sex"]))
    assert found.tally.counts.sum() == 2
    assert "nobody has the favourable one" in found.notes[0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pa.array([1.0, float("nan")]), "1 missing values in column 'd'"),
        (pa.array(["yes", " "]), "1 missing values in column 'd'"),
        (pa.array([[1], [2]]), "column 'd' of list"),
    ],
    ids=["nan", "blank", "lists"],
)
def test_a_decision_without_a_value_is_none(tmp_path, values, message):
    pq.write_table(pa.table({"g": ["a", "b"], "d": values}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=message):
        tally_stream(tmp_path / "t.parquet", Roles(decision="d", favourable="yes", sensitive=["g"]))


def test_a_stream_and_a_table_refuse_the_same_weights(tmp_path):
    roles = Roles(decision="hired", sensitive=["sex"], weight="w")
    for heaviest, message in ((1e200, r"weights up to 1e\+100"), (1e-200, "no weight above 1e-200")):
        data = frame(20).assign(w=heaviest)
        for read in (lambda d: whole(d, roles), lambda d: tally_stream(write(d, tmp_path / "w.parquet"), roles)):
            with pytest.raises(DataError, match=message):
                read(data)


def test_a_cluster_is_the_same_as_a_number_and_as_a_text(tmp_path):
    data = frame(200).assign(who=np.arange(200) % 50)
    roles = Roles(decision="hired", sensitive=["sex"], cluster="who")
    same(whole(data, roles), whole(data.assign(who=data.who.astype(float)), roles))
    same(whole(data, roles), whole(data.assign(who=data.who.astype(str)), roles))
    same(whole(data, roles), tally_stream(write(data, tmp_path / "c.csv"), roles))


def test_a_word_among_the_scores_of_a_csv_file_is_named_with_its_row(tmp_path):
    (tmp_path / "t.csv").write_text("g,d,s\na,1,0.5\nb,0,high\n")
    with pytest.raises(DataError, match=r"got 'high' in row 2; expected a number"):
        tally_stream(tmp_path / "t.csv", Roles(decision="d", sensitive=["g"], score="s"))


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"]), pa.array([1])], names=["g", "g", "d"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="2 columns named 'g'"):
        tally_stream(tmp_path / "t.parquet", Roles(decision="d", sensitive=["g"]))


def test_rows_without_a_cluster_are_not_one_cluster(tmp_path):
    roles = Roles(decision="hired", sensitive=["sex"], cluster="who")
    for gap in (None, " "):
        data = frame(20)
        data.loc[3, "who"] = gap
        with pytest.raises(DataError, match="1 missing values"):
            tally_stream(write(data, tmp_path / "c.parquet"), roles)


@pytest.mark.parametrize("role", ["sensitive", "cluster"])
def test_lists_in_a_column_are_named(tmp_path, role):
    pq.write_table(pa.table({"g": ["a", "b"], "x": [[1], [2]], "d": [1, 0]}), tmp_path / "t.parquet")
    roles = Roles(**{"decision": "d", "sensitive": ["g"], role: ["x"] if role == "sensitive" else "x"})
    with pytest.raises(DataError, match=r"column 'x': got values of type list<"):
        tally_stream(tmp_path / "t.parquet", roles)
