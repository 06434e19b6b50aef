"""A report made up by arithmetic: the content of a run of 220 questions, and some that went wrong."""

from datetime import UTC, datetime
from math import sqrt

from eval.reports.html import Excerpt, Failure

MEANS = {
    "success@1": 0.932, "success@3": 0.962, "success@5": 0.979, "success@10": 0.989, "recall@5": 0.961,
    "recall@10": 0.978, "mrr@10": 0.952, "ndcg@10": 0.947, "map": 0.938, "quote-iou": 0.764, "quote-precision": 0.842,
    "quote-recall": 0.851, "exact": 0.512, "char-f1": 0.701, "contains": 0.748, "decision": 0.914, "verbatim": 1.0,
}  # fmt: skip
SETS = {
    "false-answer-rate": 0.156, "false-refusal-rate": 0.074, "auroc": 0.961, "false-answers@10%": 0.094, "aurc": 0.047,
    "nauc": 0.63, "ece": 0.038,
}  # fmt: skip
# Slice → answerable, unanswerable, how much better or worse than all.
SLICES = {
    "all": (188, 32, 0.0), "fold dev": (93, 15, 0.008), "fold test": (95, 17, -0.008),
    "answerable yes": (188, 0, 0.0), "answerable no": (0, 32, 0.0),
    "kind wrong fact": (0, 9, -0.19), "kind other region": (0, 7, 0.06), "kind other year": (0, 6, 0.1),
    "kind near-miss entity": (0, 6, -0.3), "kind false premise": (0, 4, 0.0),
    "languages zh": (80, 16, 0.031), "languages en": (38, 6, 0.01), "languages others": (70, 10, -0.04),
    "pair ar→zh": (9, 1, -0.17), "pair de→zh": (10, 0, 0.02), "pair en→zh": (38, 6, 0.01), "pair es→zh": (10, 0, 0.04),
    "pair fr→zh": (10, 0, -0.03), "pair ja→zh": (12, 3, 0.05), "pair ko→zh": (11, 2, -0.09),
    "pair ru→zh": (10, 2, 0.03),
    "pair vi→zh": (8, 2, -0.32), "pair zh→zh": (70, 16, 0.031),
    "type attribution": (17, 2, 0.05), "type comparison": (11, 3, -0.08), "type factoid": (68, 20, 0.04),
    "type how": (14, 0, -0.1), "type list": (44, 4, -0.03), "type multi-passage": (12, 0, -0.41),
    "type paraphrase": (8, 0, 0.06), "type reason": (14, 3, 0.01),
    "region 广东": (60, 9, 0.03), "region 天津": (51, 9, 0.0), "region 山东": (44, 8, -0.05),
    "region 海南": (33, 6, 0.01),
    "style plain": (160, 29, 0.01), "style colloquial": (7, 0, -0.22), "style keyword": (6, 1, -0.03),
    "style typo": (5, 1, -0.15), "style traditional": (5, 0, 0.06), "style long": (5, 1, 0.06),
}  # fmt: skip
ONLY_UNANSWERABLE = {"false-answer-rate", "decision", "verbatim", "ece"}


def content():
    """A new dict, the same every time."""
    measures = {name: figures(*slice_) for name, slice_ in SLICES.items()}
    return {
        "created": datetime(2026, 1, 31, 12, tzinfo=UTC).isoformat(),
        "gold": [{"file": "digest.jsonl", "sha256": "9f" * 32, "questions": 220}],
        "fold": "all",
        "k": 100,
        "questions": 220,
        "measures": measures,
        "intervals": {name: intervals(found) for name, found in measures.items()},
        "counts": {name: counts(found) for name, found in measures.items()},
        "curves": curves(),
        "settings": {"encoders": ["bundled-a", "bundled-b"], "top_k": 5, "threshold": 0.41, "rerank": None},
        "manifest": {"generation": 3, "encoders": [{"name": "bundled-a", "dim": 384}], "passages": 61, "articles": 4},
        "versions": {"python": "3.11.9", "digest-qa": "0.1.0", "faiss-cpu": "1.15.0"},
    }


def figures(answerable, unanswerable, shift):
    found = {"answerable": answerable, "unanswerable": unanswerable}
    for name, value in MEANS.items():
        found[name] = min(1.0, value + shift) if answerable or name in ONLY_UNANSWERABLE else None
    for name, value in SETS.items():
        found[name] = min(1.0, max(0.0, value - shift)) if name != "auroc" else min(1.0, value + shift / 3)
    if not unanswerable:
        found |= {"false-answer-rate": None, "auroc": None, "false-answers@10%": None}
    if not answerable:
        found |= {"false-refusal-rate": None, "auroc": None, "false-answers@10%": None, "nauc": None, "aurc": 1.0}
    return found | {"latency-p50": 34.2, "latency-p95": 61.7}


def intervals(found):
    n = found["answerable"] + found["unanswerable"]
    return {
        name: (max(0.0, value - 1.96 * spread), min(1.0, value + 1.96 * spread))
        for name, value in found.items()
        if value is not None and 0 <= value <= 1 and not name.startswith(("answerable", "unanswerable"))
        for spread in [sqrt(max(value * (1 - value), 0.01) / n)]
    }


def counts(found):
    answerable, unanswerable = found["answerable"], found["unanswerable"]
    rests = {
        "false-answer-rate": unanswerable,
        **dict.fromkeys(("decision", "ece", "auroc"), answerable + unanswerable),
    }
    return {name: rests.get(name, answerable) for name in found if name not in ("answerable", "unanswerable")}


def curves():
    n = 220
    wrong = [number for number in range(1, n + 1) if number % 37 == 20 or (number > 180 and number % 5 != 0)]
    bins = [3, 9, 14, 10, 6, 8, 12, 19, 37, 102]
    right = [0.0, 0.111, 0.143, 0.3, 0.5, 0.5, 0.667, 0.789, 0.865, 0.971]
    times = [0, 4, 31, 66, 52, 28, 17, 9, 6, 4, 2, 1]
    return {
        "risk_coverage": [
            {"coverage": done / n, "risk": sum(number <= done for number in wrong) / done} for done in range(1, n + 1)
        ],
        "reliability": [
            {"low": at / 10, "high": (at + 1) / 10, "n": bins[at], "confidence": at / 10 + 0.055, "right": right[at]}
            for at in range(10)
        ],
        "ranks": [
            {"rank": rank, "n": number}
            for rank, number in zip(
                [*map(str, range(1, 11)), "11-20", "21-100", "missed"],
                [175, 5, 2, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1],
                strict=True,
            )
        ],
        "latency_ms": [{"low": 8 * at, "high": 8 * at + 8, "n": number} for at, number in enumerate(times)],
    }


def without_unanswerable():
    """Nothing without an answer was asked, nothing was drawn."""
    found = content()
    found["measures"] = {"all": figures(3, 0, 0.0)}
    found["intervals"] = {}
    found["counts"] = {"all": counts(found["measures"]["all"])}
    found["questions"] = 3
    found["curves"] = {"risk_coverage": [], "reliability": [], "ranks": [], "latency_ms": []}
    return found


LEFT = (
    "今年以来，科技部门围绕产业链开展了十二项专题调研，\n走访了三座城市的四十一家企业。调研组把问题带回来，一件一件办。"
)
RIGHT = "荔枝的冷链要从枝头算起：采摘后两小时内预冷，路上不断链，七十二小时内到达。"
PLACE = "digest.txt · 从“单打独斗”到“握指成拳”"


def failures():
    """One or two of each trouble."""
    proof = Excerpt(PLACE, LEFT, ((9, 24),), None, None)
    hit = Excerpt(PLACE, LEFT, ((25, 40),), True, 1)
    miss = Excerpt("digest.txt · 荔枝怎样走出岭南", RIGHT, ((12, 22),), False, 1)
    late = Excerpt(PLACE, LEFT, ((9, 24),), True, 2)
    ask = {"style": "plain", "answerable": True, "accepted": ("十二项", "12"), "wanted": (proof,), "answer": "两小时"}
    return (
        Failure(id="digest-014", language="zh", type="factoid", question="荔枝预冷的设备是哪一年启用的？",
                trouble="false-answer", confidence=0.71, found=(miss,),
                **ask | {"answerable": False, "accepted": (), "wanted": ()}),
        Failure(id="digest-015", language="en", type="factoid", question='Who said "<script>alert(1)</script>" & why?',
                trouble="false-answer", confidence=0.55, found=(),
                **ask | {"answerable": False, "accepted": (), "wanted": (), "style": None}),
        Failure(id="digest-031", language="vi", type="factoid", question="Có bao nhiêu cuộc khảo sát chuyên đề?",
                trouble="missed", confidence=0.33, found=(miss, Excerpt(PLACE, RIGHT, (), False, 2)), **ask),
        Failure(id="digest-044", language="ar", type="list", question="ما هي المدن الثلاث التي زارها فريق البحث؟",
                trouble="late", confidence=0.62, found=(miss, late), **ask),
        Failure(id="digest-051", language="zh", type="reason", question="为什么要把问题带回来办？",
                trouble="wrong-quote", confidence=0.88, found=(hit,), **ask),
        Failure(id="digest-052", language="ko", type="factoid", question="전문 조사는 몇 건이었습니까?",
                trouble="wrong-answer", confidence=0.93, found=(hit,), **ask | {"answer": "三座城市"}),
        Failure(id="digest-077", language="zh", type="factoid", question="調研了多少項？",
                trouble="false-refusal", confidence=0.29, found=(hit,),
                **ask | {"answer": None, "style": "traditional"}),
    )  # fmt: skip
