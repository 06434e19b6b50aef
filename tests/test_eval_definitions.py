import pytest

from eval.measures.definitions import DEFINITIONS, definition_of
from eval.measures.scorecard import SET_FIGURES
from eval.runner import MEASURES


@pytest.mark.parametrize("name", [*MEASURES, *SET_FIGURES])
def test_every_figure_says_what_it_is_and_what_it_is_not_in_both_languages(name):
    definition = definition_of(name)
    for zh, en in (definition.says, definition.says_not):
        assert zh.endswith("。")
        assert any("\u4e00" <= char <= "\u9fff" for char in zh)
        assert en.endswith(".")
    assert definition.says_not[1].split()[0] in ("Not", "Silent", "Says")


def test_no_definition_is_of_nothing():
    defined = {name.removesuffix("@k") for name in DEFINITIONS}
    assert defined <= {name.partition("@")[0] if name.endswith(tuple("0135")) else name for name in MEASURES} | {
        *MEASURES, *SET_FIGURES,
    }  # fmt: skip
    with pytest.raises(KeyError):
        definition_of("bleu")
