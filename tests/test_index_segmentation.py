import pytest

from index.evidence import Evidence, Tally
from index.segmentation import EVERY_CUT, Part, Run, Stretch, Title, segment


def test_a_tally_sums_over_a_range():
    tally = Tally({1: 2.0, 4: 3.0})
    assert [tally.sum(0, 1), tally.sum(0, 2), tally.sum(1, 5), tally.sum(2, 4), tally.total] == [0, 2, 5, 0, 5]
    assert Tally({}).total == 0


def test_evidence_of_region_and_words():
    evidence = Evidence(["甘肃有渠", "甘肃和宁波", "宁波有港"], ["渠", "有渠"], ["甘肃", "宁波"])
    gansu = evidence.claim("渠", "甘肃")
    # share of the mentions in the range, 2 x own / any - 1, weighs 0.6; share of all own mentions weighs 0.4
    assert gansu.fit(0, 1) == pytest.approx(0.6 * 1 + 0.4 * 1 / 2)
    assert gansu.fit(0, 2) == pytest.approx(0.6 * (2 * 2 / 3 - 1) + 0.4)
    assert gansu.fit(2, 3) == pytest.approx(-0.6)
    # one bigram, all its uses in paragraph 0: its whole weight is there
    assert evidence.claim("有渠", None).fit(0, 1) == pytest.approx(0.8)
    assert evidence.claim("有渠", None).fit(1, 3) == 0


def claims(paragraphs, *regions):
    evidence = Evidence(paragraphs, [], regions)
    return [evidence.claim("", region) for region in regions]


def test_a_title_below_its_body_is_found_by_region():
    gansu, ningbo = claims(["甘肃", "甘肃", "宁波", "宁波"], "甘肃", "宁波")
    runs = [Run((Title(0, gansu),), strong=True), Run((Title(9, ningbo),), strong=True)]
    assert segment(runs, [Stretch(0, 4, frozenset({2}))]) == (Part(0, 2, 0), Part(2, 4, 9))


def test_a_long_stretch_is_cut_at_the_same_place():
    half = EVERY_CUT * 2
    gansu, ningbo = claims(["甘肃"] * half + ["宁波"] * half, "甘肃", "宁波")
    runs = [Run((Title(0, gansu),), strong=True), Run((Title(999, ningbo),), strong=True)]
    assert segment(runs, [Stretch(0, 2 * half)]) == (Part(0, half, 0), Part(half, 2 * half, 999))


def test_runs_and_stretches_must_match():
    with pytest.raises(ValueError, match="1 stretches need 2 runs, got 1"):
        segment([Run(())], [Stretch(0, 1)])
