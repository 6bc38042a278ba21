"""What corrupt.py spoils: one of each kind of file, more where a kind holds many things; and what only people read."""

from __future__ import annotations

from corrupt import Rot

NUMBERS = "tests/test_back_matter_numbers.py"
SAYS = f"{NUMBERS}::test_it_is_as_the_page_says"
SHEET = "chapters/cheat-sheet.md"
GLOSSARY = "chapters/glossary.md"
PROOF = "tests/test_exercises.py::test_the_proof_of_a_question_holds"
DIGEST = "tests/test_experiments.py::test_no_number_of_a_table_was_changed_by_hand"
VERSIONS = "tests/test_experiments.py::test_a_table_says_which_versions_made_it"
CELL = (r"\A((?:.*\n){9}.*)$", r"\g<1>1")  # one digit more in the last cell of the tenth line
MOMENTUM = "sgdlib/exercises/questions/momentum.py"

ROTTEN: tuple[Rot, ...] = (
    # the cheat sheet, formula by formula
    Rot(
        "sheet: SGD's sign",
        SHEET,
        r"w - \\eta\\,g\(w\)\$",
        r"w + \\eta\\,g(w)$",
        SAYS,
        "gradient descent, SGD",
    ),
    Rot(
        "sheet: momentum's rule",
        SHEET,
        r"\\mu v - \\eta\\,g\(w\),",
        r"\\mu v + \\eta\\,g(w),",
        SAYS,
        "| momentum | $v",
    ),
    Rot("sheet: Nesterov's place", SHEET, r"g\(w\+\\mu v\)", r"g(w-\\mu v)", SAYS, "| Nesterov | $v"),
    Rot("sheet: a limit", SHEET, r"\$2\(1\+\\mu\)\$", r"$2(1-\\mu)$", SAYS, "| momentum | $§"),
    Rot("sheet: damping", SHEET, r"\(1-\\sqrt a\)\^2", r"(1+\\sqrt a)^2", SAYS, "critical damping"),
    Rot("sheet: the floor", SHEET, r"\(4B\)", "(2B)", SAYS, "at small $"),
    Rot("sheet: a rate", SHEET, r"4/\(3L\+m\)", "4/(3L-m)", SAYS, "for bowls"),
    Rot("sheet: a count of steps", SHEET, r"\b709\b", "719", SAYS, "| gradient descent | $2/"),
    Rot("sheet: kappa", SHEET, r"7\\kappa", r"9\\kappa", SAYS, "Steps from"),
    Rot("sheet: a drop", SHEET, r"0\.910", "0.810", SAYS, "tenfold drop"),
    Rot(
        "sheet: a number more",
        SHEET,
        r"Three seeds:",
        "Three seeds of 17:",
        f"{NUMBERS}::test_no_number_without_its_proof[cheat-sheet]",
    ),
    # the other pages
    Rot("glossary: a number", GLOSSARY, r"6\.58", "6.85", SAYS, "half its strength"),
    Rot("glossary: a default", GLOSSARY, r"takes 32", "takes 64", SAYS, "behind one gradient"),
    Rot("glossary: a limit", GLOSSARY, r"1\.357", "1.537", SAYS, "without noise: 2"),
    Rot(
        "glossary: an entry lost",
        GLOSSARY,
        r"^overshoot\n.*\n",
        "",
        f"{NUMBERS}::test_no_entry_of_the_glossary_is_missing",
    ),
    Rot(
        "questions: a number",
        "chapters/questions.md",
        r"next step is 0\.910",
        "next step is 0.911",
        SAYS,
        "next step is 0.911",
    ),
    Rot(
        "teaching: a number", "chapters/teaching.md", r"9\.98 times larger", "8.99 times larger", SAYS, "8.99"
    ),
    # exercises
    Rot(
        "quiz: another mark",
        MOMENTUM,
        r'(?s)("faster-on-a-slope".*?at each step, 1 − μ\.",)(.*?)\n +right=True,',
        r"\1\n                right=True,\2",
        f"{PROOF}[faster-on-a-slope]",
    ),
    Rot(
        "quiz: the words of the right choice",
        MOMENTUM,
        "after about half",
        "after about a third",
        f"{PROOF}[points-to-the-optimum]",
    ),
    Rot(
        "quiz: a number in a reason",
        MOMENTUM,
        "less than 60 % of",
        "less than 16 % of",
        f"{PROOF}[faster-to-the-bottom]",
    ),
    Rot(
        "quiz: a proof that knows nothing",
        MOMENTUM,
        "proof=nothing_is_kept_at_zero",
        "proof=lambda: ({}, ())",
        PROOF,
        "the proof knows 0",
    ),
    # tables
    *(
        Rot(f"table: a cell of {name}", f"sgdlib/experiments/{name}.csv", *CELL, f"{DIGEST}[{name}]")
        for name in (
            "autoencoder",
            "backends",
            "convnet",
            "digits",
            "edge",
            "residual",
            "symptoms",
            "wrong_runs",
        )
    ),
    Rot(
        "table: a version",
        "sgdlib/experiments/digits.csv",
        r"numpy 2\.\d",
        "numpy 2.9",
        VERSIONS,
        "make digits.csv again",
    ),
)

PEOPLE: dict[str, str] = {}
