"""What a study of who gains refuses: one clear statement each."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.study.inclusive import (
    PEOPLE,
    REGIONS,
    SHARES,
    SHARES_OF_REGIONS,
    WIDE_SHARES,
    write_people,
    write_regions,
    write_shares,
    write_wide_fifths,
)

from pilotzone.core import PilotZoneError
from pilotzone.study import KINDS, run

BUNDLED = KINDS["inclusion"].template().format(name="mine")
BARE = PEOPLE[: PEOPLE.index("[inequality]")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refused")
    write_people(folder)
    write_regions(folder)
    write_shares(folder)
    text = (folder / "people.csv").read_text(encoding="utf-8").splitlines()
    head, first, *rest = text
    cells = first.split(",")
    for name, value in (("negative", "-5"), ("missing", ""), ("texts", "much"), ("zero", "0"), *ODD):
        changed = ",".join([*cells[:3], value, *cells[4:]])
        (folder / f"{name}.csv").write_text("\n".join([head, changed, *rest]) + "\n", encoding="utf-8")
    nobody = ",".join([*cells[:4], "0", *cells[5:]])
    (folder / "nobody.csv").write_text("\n".join([head, nobody, *rest]) + "\n", encoding="utf-8")
    *most, last = rest
    cells = last.split(",")
    late = ",".join([*cells[:3], "", *cells[4:]])
    (folder / "late.csv").write_text("\n".join([head, first, *most, late]) + "\n", encoding="utf-8")
    (folder / "dates.csv").write_text(
        "\n".join([head, *(line.replace(",2014,", ",2014-06-01,") for line in [first, *rest])]) + "\n", encoding="utf-8"
    )
    (folder / "none.csv").write_text(head + "\n", encoding="utf-8")
    write_wide_fifths(folder)
    head, *rows = (folder / "fifths.csv").read_text(encoding="utf-8").splitlines()
    fourths = [row for k, row in enumerate(rows) if k % 5 < 4]
    (folder / "fourths.csv").write_text("\n".join([head, *fourths]) + "\n", encoding="utf-8")
    (folder / "gone.csv").write_text("\n".join([head, *rows[:-5]]) + "\n", encoding="utf-8")
    wide = (folder / "wide.csv").read_text(encoding="utf-8").rstrip()
    (folder / "hole.csv").write_text(wide[: wide.rindex(",") + 1] + "\n", encoding="utf-8")
    lines = (folder / "shares.csv").read_text(encoding="utf-8").splitlines()
    (folder / "fourfifths.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    lines = (folder / "regions.csv").read_text(encoding="utf-8").splitlines()
    gone = ",".join([*lines[-1].split(",")[:5], "0", lines[-1].split(",")[6]])
    (folder / "empty.csv").write_text("\n".join([*lines[:-1], gone]) + "\n", encoding="utf-8")
    (folder / "sides.csv").write_text("\n".join([*lines[:-1], f"{lines[-1][:-1]}0"]) + "\n", encoding="utf-8")
    (folder / "turned.csv").write_text(
        "\n".join([head, *rows[:-5], *(f"{row[:-1]}1" for row in rows[-5:])]) + "\n", encoding="utf-8"
    )
    inside = [lines[0], *(f"{line[:-1]}1" for line in lines[1:])]
    (folder / "all.csv").write_text("\n".join(inside) + "\n", encoding="utf-8")
    (folder / "twice.csv").write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    (folder / "gap.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    return folder


def theil(data: str) -> str:
    text = PEOPLE.replace("people.csv", data).replace('name = "gini"', 'name = "theil_t"')
    return text[: text.index("[quantiles]")]


ODD = (("thousands", '"1,234.5"'), ("endless", "inf"), ("huge", "1e300"))
REFUSED = {
    "no weights": (PEOPLE.replace('weights = "weight"\n', ""), "micro data have no weights"),
    "negative incomes": (theil("negative.csv"), "1 of 320 incomes is negative"),
    "income misses a value": (theil("missing.csv"), "column 'income' misses 1 of 1280 values"),
    "income holds texts": (theil("texts.csv"), "column 'income' holds 'much', the first in row 1 below"),
    "thousands apart": (theil("thousands.csv"), "nothing between thousands"),
    "an endless income": (theil("endless.csv"), "column 'income' holds an infinite number, the first in row 1"),
    "a huge income": (theil("huge.csv"), "column 'income' holds a number beyond 1e+30, the first in row 1"),
    "a row of later periods": (
        theil("late.csv").replace("start = 2016", "start = 2016\nfirst = 2015"),
        "the first in row 1,280 below",
    ),
    "dates as periods": (theil("dates.csv"), "column 'year' holds '2014-06-01', the first in row 1"),
    "a row that stands for nobody": (
        theil("nobody.csv"),
        "column 'weight' has 1 row that stands for nobody, the first in row 1 below",
    ),
    "one period": (PEOPLE.replace("start = 2016", "start = 2016\nlast = 2014"), "the data have 2014 alone"),
    "no rows": (theil("none.csv"), "none.csv has no rows"),
    "no file": (theil("mine.csv"), "there is no table"),
    "line without source": (PEOPLE.replace('line_source = "invented"\n', ""), "line and line_source go together"),
    "source without line": (PEOPLE.replace("line = 800.0\n", ""), "line and line_source go together"),
    "an index that needs a line": (
        PEOPLE.replace('line = 800.0\nline_source = "invented"\n', "").replace('name = "mean"', 'name = "headcount"'),
        "[inequality] has no line, and headcount needs a poverty line",
    ),
    "unknown index": (PEOPLE.replace('name = "gini"', 'name = "ginni"'), "ginni"),
    "role without margin": (PEOPLE.replace("margin = 0.05\n", ""), "role and margin go together"),
    "negative margin": (PEOPLE.replace("margin = 0.05", "margin = -0.05"), "margin"),
    "margin in percent of a level": (PEOPLE.replace("margin = 0.05", 'margin = "5%"'), "outcome 'gini'"),
    "a margin as wide as the index": (
        PEOPLE.replace("margin = 0.05", "margin = 2"),
        "the margin of outcome 'gini' is 2: Gini lies between 0 and 1",
    ),
    "a margin of all of a headcount": (
        PEOPLE.replace('name = "gini"', 'name = "headcount"').replace("margin = 0.05", "margin = 1.0"),
        "Poverty headcount lies between 0 and 1",
    ),
    "unknown column": (PEOPLE.replace('income = "income"', 'income = "incom"'), "Did you mean 'income'"),
    "unknown column of groups": (REGIONS.replace('by = "remote"', 'by = "remot"'), "Did you mean 'remote'"),
    "unknown key": (PEOPLE.replace("draws = 60", "drawz = 60"), "drawz"),
    "asks for nothing": (BARE, "asks for nothing"),
    "income and total": (REGIONS.replace('income = "income"', 'income = "income"\ntotal = "km"'), "either income"),
    "neither income nor total": (PEOPLE.replace('income = "income"\n', ""), "either income"),
    "places among people": (
        PEOPLE.replace('zone = "zone"', 'places = ["c1"]'),
        'places goes with of = "regions"; of people name the column zone',
    ),
    "regions without people": (REGIONS.replace('population = "people"\n', ""), "columns region and population"),
    "first after last": (PEOPLE.replace("start = 2016", "start = 2016\nfirst = 2017\nlast = 2014"), "first is after"),
    "no row in the periods": (PEOPLE.replace("start = 2016", "start = 2016\nfirst = 2030"), "of 2014 to 2017"),
    "periods are fractions": (PEOPLE.replace('period = "year"', 'period = "income"'), "column 'income' holds "),
    "no start": (
        PEOPLE.replace("start = 2016\n", "").replace('role = "inclusion"\nmargin = 0.05\n', ""),
        "[quantiles]",
    ),
    "start after all": (PEOPLE.replace("start = 2016", "start = 2030"), "the start 2030 has no period since it"),
    "start before all": (REGIONS.replace("start = 2016", "start = 2012"), "start 2012"),
    "a role and no zone": (
        PEOPLE[: PEOPLE.index("[quantiles]")].replace('zone = "zone"\n', ""),
        "an index has a role, and the data give no effect on it",
    ),
    "a role on shares of one population": (
        SHARES.replace('name = "gini"\n', 'name = "gini"\nrole = "inclusion"\nmargin = 0.01\n'),
        "an index has a role, and the data give no effect on it",
    ),
    "a role and a zone of one region": (
        REGIONS.replace('zone = "zone"', 'places = ["r01"]').replace(
            'name = "theil_t"\n', 'name = "theil_t"\nrole = "inclusion"\nmargin = 0.01\n'
        ),
        "is one region: nothing lies between its regions",
    ),
    "shares whose zone is no zone": (
        SHARES_OF_REGIONS.replace('zone = "zone"', 'zone = "share"'),
        "column 'share' holds 0.0590816, the first in row 1",
    ),
    "a line in money for shares": (SHARES.replace("line = 0.5", "line = 3000.0"), "a multiple of mean income"),
    "shares without the last part": (
        SHARES_OF_REGIONS.replace("fifths.csv", "fourths.csv"),
        "r00 in 2014: 4 shares of income add up to 0.5",
    ),
    "shares of a region that misses a year": (
        SHARES_OF_REGIONS.replace("fifths.csv", "gone.csv"),
        "r13 has no shares in 2017",
    ),
    "zone of other numbers": (PEOPLE.replace('zone = "zone"', 'zone = "odd"'), "column 'odd' holds 2013, the first in"),
    "zone of names": (PEOPLE.replace('zone = "zone"', 'zone = "kind"'), "column 'kind' holds 'rural'"),
    "quantiles of regions": (REGIONS + "[quantiles]\n", '[quantiles] does not go with of = "regions"'),
    "groups of people": (BARE + '[groups]\nby = "kind"\n', '[groups] does not go with of = "people"'),
    "convergence of shares": (
        SHARES.replace('period = "year"', 'period = "year"\nstart = 2018\nzone = "people"') + "[convergence]\n",
        '[convergence] does not go with of = "shares"',
    ),
    "groups without by": (REGIONS.replace('by = "remote"\nalong = "km"\n', ""), "groups need by"),
    "a role along": (REGIONS.replace('by = "remote"\n', ""), "a role goes with by"),
    "parts of names": (REGIONS.replace('by = "remote"', 'by = "remote"\nparts = 3'), "column 'remote' holds texts"),
    "parts of what does not vary": (REGIONS.replace('by = "remote"', 'by = "same"\nparts = 3'), "'same'"),
    "too few values for parts": (REGIONS.replace('by = "remote"', 'by = "zone"\nparts = 3'), "too few values for 3"),
    "a covariate of names": (REGIONS.replace('along = "km"', 'along = "remote"'), "column 'remote' holds 'far'"),
    "groups without controls": (REGIONS.replace('by = "remote"', 'by = "zone"'), "has no"),
    "regions with gaps": (
        REGIONS.replace("regions.csv", "gap.csv"),
        "r47 has no row in 2019: 383 rows are not 48 regions in 8 periods each",
    ),
    "regions without people in them": (
        REGIONS.replace("regions.csv", "empty.csv"),
        "column 'people' has 1 row that stands for nobody, the first in row 384 below",
    ),
    "zone and places": (REGIONS.replace('zone = "zone"', 'zone = "zone"\nplaces = ["r01"]'), "both say what is in"),
    "clusters of regions": (REGIONS.replace('zone = "zone"', 'zone = "zone"\ncluster = "km"'), "cluster goes with"),
    "weights of shares": (SHARES.replace('period = "year"', 'period = "year"\nweights = "people"'), "weights goes"),
    "all regions in the zone": (REGIONS.replace("regions.csv", "all.csv"), "comparison has no rows in 2012"),
    "a region that changes sides": (REGIONS.replace("regions.csv", "sides.csv"), "r47 lies in the zone (or the compar"),
    "shares of a region that changes sides": (
        SHARES_OF_REGIONS.replace("fifths.csv", "turned.csv"),
        "r13 lies in the zone (or the comparison) in some rows",
    ),
    "a region twice": (REGIONS.replace("regions.csv", "twice.csv"), "r47 has several rows in 2019: 385 rows are not"),
    "groups and no group column": (PEOPLE.replace('group = "kind"\n', ""), "by_group and decompose need people"),
    "shares that do not add up": (SHARES.replace('income = "share"', 'income = "year"'), "add up to"),
    "shares of people": (WIDE_SHARES.replace('of = "shares"', 'of = "regions"'), 'it goes with of = "shares"'),
    "shares and income": (
        WIDE_SHARES.replace('of = "shares"', 'of = "shares"\nincome = "q1"'),
        "income and shares are both given",
    ),
    "one column of shares": (
        WIDE_SHARES.replace('"q1", "q2", "q3", "q4", "q5"', '"q1"'),
        "shares names one column: name two or more",
    ),
    "a column of shares twice": (WIDE_SHARES.replace('"q2"', '"q1"'), "shares names column 'q1' twice"),
    "a column of shares that is the zone": (
        WIDE_SHARES.replace('zone = "zone"', 'zone = "q1"'),
        "one column is both in shares and zone",
    ),
    "a column of shares that is not there": (
        WIDE_SHARES.replace('"q5"', '"q6"'),
        "[inclusion] shares names has no column 'q6'",
    ),
    "columns of shares without the last": (
        WIDE_SHARES.replace(', "q5"', ""),
        "r00 in 2014: 4 shares of income add up to 0.5",
    ),
    "columns of shares with the richest first": (
        WIDE_SHARES.replace('"q1", "q2", "q3", "q4", "q5"', '"q5", "q4", "q3", "q2", "q1"'),
        "r00 in 2014: part 2 has a lower mean income than part 1",
    ),
    "an empty cell of shares": (WIDE_SHARES.replace("wide.csv", "hole.csv"), "column 'q5' misses 1 of 56 values, the"),
    "shares of one population that miss a part": (
        SHARES.replace("shares.csv", "fourfifths.csv"),
        "in 2018: 4 shares of income add up to 0.5",
    ),
    "means of shares": (SHARES.replace('name = "gini"', 'name = "mean"'), "mean does not follow from shares"),
    "quantiles out of order": (PEOPLE.replace("draws = 60", "at = [0.9, 0.1]\ndraws = 60"), "quantiles are"),
    "a quantile of one": (PEOPLE.replace("draws = 60", "at = [1.0]\ndraws = 60"), "at"),
    "too few draws": (PEOPLE.replace("draws = 60", "draws = 5"), "draws"),
    "bounds with analytic errors": (
        PEOPLE.replace("draws = 60", 'discrete = true\nerrors = "analytic"'),
        "analytic errors are for continuous incomes",
    ),
    "control of several regions": (
        PEOPLE.replace("draws = 60", 'method = "distributional_control"').replace("cluster", "region"),
        "the zone holds 8 regions",
    ),
    "control without regions": (
        PEOPLE.replace("draws = 60", 'method = "distributional_control"'),
        "distributional control needs people by region",
    ),
    "a place that is not there": (BUNDLED.replace("CN-GZ", "CN-GX1"), "Did you mean 'CN-GX'"),
    "a series that is not there": (BUNDLED.replace("gdp_nominal_cny", "gdp_nominal"), "gdp_nominal"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_clear_statement(case: str, home: Path) -> None:
    text, said = REFUSED[case]
    path = home / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PilotZoneError) as error:
        run(path)
    assert said in str(error.value)
    assert "mine" in str(error.value)
    assert "validation error" not in str(error.value)
