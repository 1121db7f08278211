"""NHS England's patient comments: the published cleaning and split, and ours beside theirs.

HOERT_BENCH_DATA names the folder that holds `nhs-patient-comments/v6framework_230831.csv` (NHS
England, pxtextmining, MIT). Nothing of it is copied into the project.
"""

import csv
import os
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = "HOERT_BENCH_DATA"
FILE = Path("nhs-patient-comments") / "v6framework_230831.csv"

MERGED = {
    "Continuity of care": ("Referals & continuity of care", "Staff continuity"),
    "Environment, facilities & equipment": (
        "Environment & Facilities",
        "Provision of medical equipment",
    ),
    "Staffing levels & responsiveness": ("Number & deployment of staff", "Staff responsiveness"),
}
"""Themes of the sixth framework that the seventh joins."""

KEPT = (
    "Organisation & efficiency",
    "Funding & use of financial resources",
    "Staff manner & personal attributes",
    "Competence & training",
    "Unspecified communication",
    "Staff listening, understanding & involving patients",
    "Information directly from staff during care",
    "Information provision & guidance",
    "Being kept informed, clarity & consistency of information",
    "Contacting services",
    "Appointment arrangements",
    "Appointment method",
    "Timeliness of care",
    "Pain management",
    "Discharge",
    "Cleanliness, tidiness & infection control",
    "Service location",
    "Transport to/ from services",
    "Parking",
    "Electronic entertainment",
    "Feeling safe",
    "Mental Health Act",
    "Labelling not possible",
    "Supplying & understanding medication",
    "Activities & access to fresh air",
    "Food & drink provision & facilities",
    "Sensory experience",
    "Interaction with family/ carers",
    "Positive experience & gratitude",
)
"""Themes that both frameworks have. The others went."""

LABELS = (*KEPT, *MERGED)

_QUESTIONS = {"What was good?": "good"} | dict.fromkeys(
    ("How could we improve?", "What could we do better?"), "better"
)
_ABSENT = frozenset(
    {
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    }
)
"""What the published loader takes for an empty cell."""


@dataclass(frozen=True, slots=True)
class Patients:
    """Cleaned comments in the file's order, with an indicator matrix (comments × `LABELS`)."""

    texts: tuple[str, ...]
    questions: tuple[str | None, ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def some(self, places: Sequence[int] | np.ndarray) -> "Patients":
        return Patients(
            tuple(self.texts[place] for place in places),
            tuple(self.questions[place] for place in places),
            self.labels[places],
        )

    def without_duplicates(self) -> "Patients":
        """The first comment of each wording."""
        first: dict[str, int] = {}
        for place, text in enumerate(self.texts):
            first.setdefault(plain(text), place)
        return self.some(list(first.values()))


def given() -> Path | None:
    """The file, where the environment names its folder."""
    folder = os.environ.get(FOLDER)
    file = Path(folder) / FILE if folder else None
    return file if file and file.is_file() else None


def read(file: Path) -> Patients:
    """The comments as published: with a text that has letters, an answer, and a label."""
    rows = list(_rows(file))
    return Patients(
        tuple(text for text, _, _ in rows),
        tuple(question for _, question, _ in rows),
        np.array([labels for _, _, labels in rows], dtype=bool),
    )


def _rows(file: Path) -> Iterator[tuple[str, str | None, list[bool]]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for raw in csv.DictReader(lines):
            row = {key.strip(): value for key, value in raw.items()}
            text, answer = row["FFT answer"], row["FFT categorical answer"]
            if any(not cell.strip() or cell in _ABSENT for cell in (text, answer)):
                continue
            labels = [row[label].strip() == "1" for label in KEPT]
            labels += [any(row[one].strip() == "1" for one in parts) for parts in MERGED.values()]
            if any(labels) and plain(text):
                yield text, _QUESTIONS.get(row["FFT question"]), labels


def plain(text: str) -> str:
    """The published cleaning: small letters, no digits, no punctuation, single spaces."""
    text = re.sub(r"[,.\r\n-]", " ", text.replace("â€™", "'"))
    kept = (one for one in text if not one.isdigit() and one not in string.punctuation)
    return " ".join("".join(kept).lower().split())
