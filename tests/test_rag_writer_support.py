"""What a passage bears out, sign by sign; the real encoder's part is measured by `eval.bench.claims`."""

from decimal import Decimal

import pytest
from fakes import HashEncoder
from fakes_assistant import FakeAssistant

from rag.writer.figures import missing_figures
from rag.writer.negation import contradicts
from rag.writer.sources import Source
from rag.writer.support import Support, coverage


@pytest.mark.parametrize(
    ("sentence", "source", "missing"),
    [
        ("It rose to 54.82%.", "升到54.82%", []),
        ("It rose to 54.82.", "升到54.82%", [Decimal("54.82")]),
        ("73,700 households", "7.37万户", []),
        ("7,370 households", "7.37万户", [7370]),
        ("240 billion yuan", "2400亿元", []),
        ("Five kinds", "问题共有五类", []),
        ("5 kinds", "问题共有五类", []),
        ("six kinds", "问题共有五类", [6]),
        ("问题有三类", "问题共有五类", [3]),
        ("in 2022", "2022年", []),
        ("in 2021", "2022年", [2021]),
        ("nothing to count", "", []),
    ],
)
def test_figures(sentence, source, missing):
    assert missing_figures(sentence, source) == missing


@pytest.mark.parametrize(
    ("sentence", "passage", "differs"),
    [
        ("这种状况已经彻底改变。", "这种状况尚未彻底改变。", True),
        ("这种状况尚未彻底改变。", "这种状况尚未彻底改变。", False),
        ("合作区没有获准建设。", "合作区已经获准建设。", True),
        ("不少企业受益。", "企业受益不少。", False),
        ("The bridge was opened.", "The bridge was not opened yet.", True),
        ("The bridge was not opened.", "The bridge was opened in May.", True),
        ("The bridge hasn't been opened.", "The bridge was never opened.", False),
        ("The zone was not approved.", "合作区已经获准建设。", True),
        ("The zone is not complete.", "合作区还不完整。", False),
        ("The zone was approved.", "合作区尚未获准建设。", False),  # not seen between languages
    ],
)
def test_negation(sentence, passage, differs):
    assert contradicts(sentence, passage, passage) is differs


def test_coverage_is_a_share_of_the_sentence():
    assert coverage("alpha beta", "beta gamma") == 1 / 2
    assert coverage("...", "beta") == 0


@pytest.fixture(name="support", scope="module")
def support_fixture():
    citations = FakeAssistant().ask("stoves", k=5).citations
    assert citations[0].document == "orchard.md"
    return Support([Source(cited, cited.article.title) for cited in citations], HashEncoder())


@pytest.mark.parametrize(
    ("sentence", "against"),
    [
        ("They burn 90 small stoves on every frosty night.", None),
        ("The growers of the Alder valley lost half of their apples in one night in May.", None),
        ("They burn 80 small stoves on every frosty night.", "figure"),
        ("The growers of Guangdong lost half of their apples in one night.", "place"),
        ("They burn “ninety big fires” on every frosty night.", "quotation"),
        ("They burn “small stoves” on every frosty night.", None),
        ("They burn 90 small stoves, see http://evil.example/x.", "address"),
        ("They burn 90 small stoves, ask eve@evil.example.", "address"),
        ("他们烧小火炉。", "far"),  # in another language, by an encoder that was not measured, without a figure
        ("A minister praised our mayor for building schools.", "far"),
        ("They never burn small stoves on every frosty night.", "negation"),
    ],
)
def test_a_passage_bears_a_sentence_out_or_not(support, sentence, against):
    assert support.judge(sentence, 1).against == against


def test_the_span_is_the_nearest_sentence_of_the_source(support):
    verdict = support.judge("They burn 90 small stoves on every frosty night.", 1)
    source = FakeAssistant().document("orchard.md").text
    assert verdict.span.of(source) == "Since then\nthey burn 90 small stoves on every frosty night."


def test_another_passage_that_is_much_nearer():
    cited, other = FakeAssistant().ask("早市", k=2).citations
    encoder = HashEncoder()
    support = Support([Source(cited, ""), Source(other, "")], encoder)
    assert support.judge("早市每周三开张，摊位费全免。", cited.rank).against is None
    assert support.judge("早市每周三开张，摊位费全免。", other.rank).against is not None
