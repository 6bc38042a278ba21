"""The bibliography: in step with what is cited, each entry with itself, and with how others cite the same work."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
# The same works as others cite them: read off the bibliographies of public repositories on 28 November 2026 (for most a
# dozen of them, which agree), not off ours. Year, volume, pages and DOI; a dash where nobody said. Entries that are not
# here, such as books without a DOI and papers of conferences without pages, are read by people.
ELSEWHERE = """
cauchy1847      1847 25   536-538   -
robbins1951     1951 22   400-407   10.1214/aoms/1177729586
polyak1964      1964 4    1-17      10.1016/0041-5553(64)90137-5
nesterov2018    2018 -    -         10.1007/978-3-319-91578-4
rumelhart1986   1986 323  533-536   10.1038/323533a0
qian1999        1999 12   145-151   10.1016/S0893-6080(98)00116-6
odonoghue2015   2015 15   715-732   10.1007/s10208-013-9150-3
su2016          2016 17   1-43      -
lessard2016     2016 26   57-95     10.1137/15M1009597
goh2017         2017 -    -         10.23915/distill.00006
bottou2018      2018 60   223-311   10.1137/16M1080173
lecun1998       1998 86   2278-2324 10.1109/5.726791
lecun2012       2012 7700 -         10.1007/978-3-642-35289-8_3
rosenbrock1960  1960 3    175-184   10.1093/comjnl/3.3.175
more1981        1981 7    17-41     10.1145/355934.355936
nocedal2006     2006 -    -         10.1007/978-0-387-40065-5
smith2017       2017 -    464-472   10.1109/WACV.2017.58
bengio2013      2013 -    8624-8628 10.1109/ICASSP.2013.6639349
lemarechal2012  2012 -    251-254   10.4171/dms/6/27
lanczos1950     1950 45   255-282   10.6028/jres.045.026
pearlmutter1994 1994 6    147-160   10.1162/neco.1994.6.1.147
he2015          2015 -    1026-1034 10.1109/ICCV.2015.123
polyak1992      1992 30   838-855   10.1137/0330046
sutskever2013   2013 28   -         -
duchi2011       2011 12   2121-2159 -
wilson2017      2017 30   -         -
shallue2019     2019 20   1-49      -
schmidt2021     2021 -    -         -
sivaprasad2020  2020 -    9036-9045 -
bergstra2012    2012 13   281-305   -
street1993      1993 1905 861-870   -
glorot2010      2010 9    -         -
pascanu2013     2013 -    1310-1318 -
izmailov2018    2018 -    -         -
nesterov1983    1983 -    -         -
mandt2017       2017 18   -         -
"""
SEEN = {line.split()[0]: line.split()[1:] for line in ELSEWHERE.strip().splitlines()}


def entries() -> dict[str, dict[str, str]]:
    """chapters/references.bib: key -> its fields."""
    text = (CHAPTERS / "references.bib").read_text(encoding="utf-8")
    parts = re.findall(r"^@\w+\{(\w+),(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert max(Counter(key for key, _ in parts).values()) == 1
    assert len(parts) == text.count("\n@") + text.startswith("@")
    return {key: dict(re.findall(r"(\w+) = \{(.*?)\}(?=,|\s*$)", body, re.DOTALL)) for key, body in parts}


def cited() -> set[str]:
    """The keys that pages cite, and those that docstrings of the package name as their source: Brown (1963)."""
    package = "\n".join(
        path.read_text(encoding="utf-8") for path in (CHAPTERS.parent / "sgdlib").rglob("*.py")
    )
    keys = {
        key
        for key, fields in entries().items()
        if re.search(rf"{fields['author'].split(',')[0]}[^()]*\({fields['year']}\)", package)
    }
    for path in [*CHAPTERS.glob("*.ipynb"), *CHAPTERS.glob("*.md")]:
        for names in re.findall(r"\{cite:\w+\}`([^`]+)`", path.read_text(encoding="utf-8")):
            keys |= {name.strip() for name in names.split(",")}
    return keys


def test_what_is_cited_is_listed_and_the_other_way_round():
    assert cited() == set(entries())


@pytest.mark.parametrize("key", entries())
def test_a_reference_agrees_with_itself(key):
    fields = entries()[key]
    year = fields["year"]
    assert re.fullmatch(r"(18|19|20)\d\d", year) and {"author", "title"} <= set(fields)
    named = re.search(r"\d{4}$", key)
    assert not named or named[0] == year, f"{key} is of {year}"
    doi = fields.get("doi", "")
    assert not doi or re.fullmatch(r"10\.\d{4,5}/\S+", doi)
    for number in re.findall(r"arXiv[.:](\d{4}\.\d{4,5})", doi + fields.get("journal", "")):
        assert f"20{number[:2]}" == year, f"{key}: arXiv:{number} is not of {year}"
        assert number in doi and number in fields["journal"]
    # Elsevier's old numbers hold the year in brackets.
    held = re.search(r"10\.1016/[\dS-]+X?\((\d\d)\)", doi)
    assert not held or abs(int(held[1]) - int(year[2:])) <= 1


@pytest.mark.parametrize("key", SEEN)
def test_others_cite_it_so(key):
    ours = entries()[key]
    pages = ours.get("pages", "-").replace("--", "-")
    said = (ours["year"], ours.get("volume", "-"), pages, ours.get("doi", "-"))
    for here, there in zip(said, SEEN[key], strict=True):
        assert there in ("-", here), f"{key}: chapters/references.bib has {here}, others {there}"


def test_every_doi_has_a_second_source():
    """Of arXiv's own the number stands in the entry twice; every other one is in the list above."""
    for key, fields in entries().items():
        doi = fields.get("doi", "")
        assert not doi or doi.startswith("10.48550/arXiv.") or SEEN.get(key, "-")[-1] == doi, (
            f"{key}: see how others cite {doi}, and add a line"
        )


@pytest.mark.parametrize("key", [key for key, fields in entries().items() if "url" in fields])
def test_an_address_holds_what_the_entry_says(key):
    """An address is whole, and its date or its number of arXiv is that of the entry."""
    fields = entries()[key]
    assert re.fullmatch(r"https://[\w.-]+/\S*", fields["url"])
    for year in re.findall(r"/((?:19|20)\d\d)/", fields["url"]):
        assert year == fields["year"], f"{key} is of {year}, says its address"
    for number in re.findall(r"arxiv\.org/abs/(\d{4}\.\d{4,5})", fields["url"]):
        noted = re.findall(r"arXiv:(\d{4}\.\d{4,5})", fields.get("note", ""))
        assert noted in ([], [number])
        assert f"20{number[:2]}" <= fields["year"], f"{key} is younger than its year"


NAMED = re.compile(r"\b([A-Z][\w’'-]+)(?:(?:, [A-Z][\w’'-]+)*,? and [A-Z][\w’'-]+| et al\.)?,? \((\d{4})\)")


def test_a_docstring_names_a_work_of_the_list_with_its_year():
    """`Polyak (1964)`; an author who is not in the list may have any year."""
    years: dict[str, set[str]] = {"He": {"2016"}}  # residual networks: a docstring's source, cited on no page
    for fields in entries().values():
        family = fields["author"].split(",")[0]
        years.setdefault(family, set()).add(fields["year"])
    found = 0
    for path in sorted((CHAPTERS.parent / "sgdlib").rglob("*.py")):
        for family, year in NAMED.findall(" ".join(path.read_text(encoding="utf-8").split())):
            found += family in years
            assert year in years.get(family, {year}), f"{path.name} says {family} ({year})"
    assert found > 20
