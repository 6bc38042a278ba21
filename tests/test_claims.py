"""sgdlib.claims: a box is earned by its evidence, and says what was claimed, what was found and the number."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from sgdlib.claims import CLAIMS, VERDICTS, claim, tried

FINDING = "Each step keeps 0.500 of the distance."


def text_of(box, css_class):
    (element,) = ET.fromstring(box._repr_html_()).findall(f".//*[@class='{css_class}']")
    return "".join(element.itertext())


def test_the_course_answers_twenty_one_claims():
    assert list(CLAIMS) == list(range(1, 22))
    assert len(set(CLAIMS.values())) == 21


@pytest.mark.parametrize("number", CLAIMS)
def test_box_says_claim_verdict_and_number(number):
    box = claim(number, "imprecise", FINDING, holds=True)
    html = ET.fromstring(box._repr_html_())
    assert (html.get("id"), html.get("data-verdict")) == (f"claim-{number}", "imprecise")
    assert html.get("aria-label") == f"Claim {number}"
    assert text_of(box, "sgd-claim-title") == f"Claim {number}: {CLAIMS[number].replace('`', '')}"
    assert text_of(box, "sgd-claim-verdict") == "Imprecise"
    assert text_of(box, "sgd-claim-number") == FINDING
    assert repr(box) == f'Claim {number}: "{CLAIMS[number]}" Imprecise: {FINDING}'


def test_code_in_a_claim_is_set_as_code():
    html = ET.fromstring(claim(11, "outdated", "the rate is 0.01", holds=True)._repr_html_())
    assert [code.text for code in html.iter("code")] == ["SGD(lr=0.001, momentum=0.9)"]


def test_findings_are_escaped():
    finding = "For 0 < a & <b>1</b>."
    box = claim(18, "true with conditions", finding, holds=True)
    assert text_of(box, "sgd-claim-number") == finding


@pytest.mark.parametrize("finding", [FINDING, "each step keeps 0.500 of the distance"])
def test_findings_are_sentences(finding):
    assert text_of(claim(7, "imprecise", finding, holds=True), "sgd-claim-number") == FINDING


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_can_be_found(verdict):
    assert claim(1, verdict, FINDING, holds=True)._repr_html_().count(f'data-verdict="{verdict}"') == 1


def test_verdicts_are_the_six_of_the_course():
    assert set(VERDICTS) == {"true", "true with conditions", "imprecise", "contested", "outdated", "false"}


@pytest.mark.parametrize("holds", [False, np.bool_(False)])
def test_no_box_without_evidence(holds):
    with pytest.raises(AssertionError, match=r"^claim 7, found false: the evidence does not hold\.$"):
        claim(7, "false", FINDING, holds=holds)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, "true", FINDING), r"^number must be a whole number from 1 to 21, not 0\.$"),
        ((22, "true", FINDING), r"^number must be a whole number from 1 to 21, not 22\.$"),
        ((1, "True", FINDING), r'^verdict must be "true", "true with conditions", .*, not \'True\'\.$'),
        ((1, "maybe", FINDING), r'^verdict must be "true", "true with conditions", .*, not \'maybe\'\.$'),
        (
            (1, "true", "much smaller"),
            r"^finding must state the number that proves it, and 'much smaller' has none\.$",
        ),
    ],
)
def test_impossible_claims_refused_in_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        claim(*arguments, holds=True)


# ---------------------------------------------------------------- over which cases

HALF = tried([True, True, False, False], "4 rates", where="η < 2", inside=[True, True, False, False])
LEAK = tried([True, False, False, False], "4 rates", where="η < 2", inside=[True, True, False, False])
ALWAYS = tried([True, True, True], "3 rates")
NEVER = tried([False, False], "2 rates")


def test_a_box_says_how_many_cases_were_tried_and_where_it_ends():
    box = claim(8, "true with conditions", FINDING, holds=True, cases=HALF)
    told = ["Varied: 4 rates", "With η < 2: true in all 2 cases", "Otherwise: true in none of 2 cases"]
    (folded,) = ET.fromstring(box._repr_html_()).findall("details")
    assert folded.get("class") == "sgd-claim-evidence" and folded.get("open") is None
    assert folded.findtext("summary") == "Where claim 8 was tried: 4 cases"
    assert ["".join(row.itertext()) for row in folded.iter("li")] == told
    assert repr(box).endswith(f"{FINDING} Tried in 4 cases. {'. '.join(told)}.")
    assert "<details" not in claim(8, "true", FINDING, holds=True)._repr_html_()


def test_a_box_says_when_a_case_counts_as_true():
    some = tried([True, True, False], "3 <rates>", true_if="it takes < 9 steps")
    box = claim(8, "contested", FINDING, holds=True, cases=some)
    told = ["Varied: 3 <rates>", "Counts as true if it takes < 9 steps", "Result: true in 2 of 3 cases"]
    rows = ET.fromstring(box._repr_html_()).iter("li")
    assert ["".join(row.itertext()) for row in rows] == told
    assert repr(tried([True], "1 rate")) == "Tried in 1 case. Varied: 1 rate. Result: true in all 1 case."


@pytest.mark.parametrize(
    ("verdict", "cases"),
    [
        ("true", ALWAYS),
        ("true with conditions", HALF),
        ("false", NEVER),
        ("false", LEAK),
        ("imprecise", LEAK),
        ("contested", tried([True, False], "2 rates")),
    ],
)
def test_a_verdict_that_follows_has_its_box(verdict, cases):
    assert claim(8, verdict, FINDING, holds=True, cases=cases).cases is cases


@pytest.mark.parametrize(
    ("verdict", "cases"),
    [
        ("true", HALF),
        ("true with conditions", ALWAYS),
        ("true with conditions", LEAK),
        ("true with conditions", NEVER),
        ("true with conditions", tried([True, True], "2 rates", where="η < 2", inside=[True, False])),
        ("false", ALWAYS),
        ("false", HALF),
        ("imprecise", HALF),
        ("imprecise", ALWAYS),
    ],
)
def test_a_verdict_that_does_not_follow_has_none(verdict, cases):
    with pytest.raises(
        AssertionError, match=rf"^claim 8, found {verdict}, does not follow: Tried in \d case"
    ):
        claim(8, verdict, FINDING, holds=True, cases=cases)


@pytest.mark.parametrize(
    "arguments",
    [
        {"says": []},
        {"says": [True], "where": "η < 2"},
        {"says": [True], "inside": [True]},
        {"says": [True], "where": "η < 2", "inside": [True, False]},
    ],
)
def test_cases_that_count_nothing_are_refused(arguments):
    with pytest.raises(ValueError, match=r"\.$"):
        tried(over="rates", **arguments)
