"""Every word that the page says, in every language of its interface. To add a language: one more column in each row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rag.asking_strings import ASKING
from rag.document_strings import DOCUMENT_TABLE

DEFAULT_LANGUAGE = "en"
LANGUAGES: Mapping[str, str] = MappingProxyType({"zh": "中文", "en": "English"})

# What a question's language is called, in that language: it needs no translation.
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "العربية",
        "de": "Deutsch",
        "el": "Ελληνικά",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "hi": "हिन्दी",
        "it": "Italiano",
        "ja": "日本語",
        "ko": "한국어",
        "pt": "Português",
        "ro": "Română",
        "ru": "Русский",
        "th": "ไทย",
        "tr": "Türkçe",
        "vi": "Tiếng Việt",
        "zh": "中文",
    }
)

TABLE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "title": {"zh": "文摘问答", "en": "Digest Q&A"},
        "tagline": {
            "zh": "用任何语言提问，每个答案都引到原文的那一句。",
            "en": "Ask in any language. Every answer is cited to its sentence in the source.",
        },
        "language": {"zh": "界面语言", "en": "Interface language"},
        "question": {"zh": "你的问题", "en": "Your question"},
        "placeholder": {"zh": "想知道什么？", "en": "What would you like to know?"},
        "ask": {"zh": "提问", "en": "Ask"},
        "examples": {"zh": "试着问", "en": "Try"},
        "example.region.did": {"zh": "{region}有哪些做法？", "en": "What did {region} do?"},
        "example.region.achieved": {"zh": "{region}取得了哪些成效？", "en": "What has {region} achieved?"},
        "example.title": {"zh": "《{title}》讲了什么？", "en": "What does “{title}” report?"},
        "loading": {"zh": "正在载入模型，几秒钟就好…", "en": "Loading the models, a few seconds…"},
        "searching": {"zh": "正在原文里找答案…", "en": "Reading the documents…"},
        "answer": {"zh": "答案", "en": "Answer"},
        "from": {"zh": "出自", "en": "From"},
        "confidence": {"zh": "把握", "en": "Confidence"},
        "confidence.high": {"zh": "很有把握", "en": "high"},
        "confidence.medium": {"zh": "较有把握，请核对原文", "en": "moderate: check the source"},
        "confidence.low": {"zh": "把握不大，请核对原文", "en": "low: check the source"},
        "no-answer": {"zh": "这些文件中没有找到答案", "en": "Not in these documents"},
        "asked-in": {"zh": "提问语言", "en": "Asked in"},
        "took": {"zh": "用时 {seconds} 秒", "en": "{seconds} s"},
        "citations": {"zh": "引文", "en": "Citations"},
        "citations.closest": {"zh": "最接近的段落", "en": "The closest passages"},
        "open": {"zh": "在原文中查看", "en": "See it in the source"},
        "score": {"zh": "可能性", "en": "Probability"},
        "documents": {"zh": "文件", "en": "Documents"},
        "evaluation": {"zh": "评测", "en": "Evaluation"},
        "evaluation.about": {
            "zh": "评测会把题集里的问题逐一问过，再与已知的答案和出处比对，看回答有多可靠。",
            "en": "The evaluation asks every question of a gold set and compares the answers and citations with those "
            "known to be right.",
        },
        "evaluation.run": {"zh": "运行评测", "en": "Run the evaluation"},
        "evaluation.running": {"zh": "正在评测…", "en": "Evaluating…"},
        "evaluation.none": {"zh": "还没有评测过", "en": "not run yet"},
        "evaluation.gold": {"zh": "{file}（{count} 题）", "en": "{file} ({count} questions)"},
        "evaluation.fold.dev": {"zh": "仅开发集 {count} 题", "en": "development fold only: {count} questions"},
        "evaluation.fold.test": {"zh": "仅测试集 {count} 题", "en": "test fold only: {count} questions"},
        "evaluation.report": {"zh": "完整报告", "en": "Full report"},
        "source": {"zh": "原文", "en": "Source"},
        "source.empty": {
            "zh": "点开一条引文，就在这里读它的原文。",
            "en": "Open a citation to read it here in its source.",
        },
        "source.link": {"zh": "此处的链接", "en": "Link to this place"},
        "source.furniture": {"zh": "版面文字", "en": "Page furniture"},
        "footer.api": {"zh": "接口文档", "en": "API"},
        "writer.unreachable": {
            "zh": "改写答案的模型连接不上，下面是原文中的答案。",
            "en": "The writer's server cannot be reached; this is the answer as it stands in the source.",
        },
        "writer.slow": {
            "zh": "改写答案的模型没有及时回应，下面是原文中的答案。",
            "en": "The writer did not answer in time; this is the answer as it stands in the source.",
        },
        "writer.refused": {
            "zh": "改写答案的模型拒绝了请求，下面是原文中的答案。",
            "en": "The writer's server refused the request; this is the answer as it stands in the source.",
        },
        "writer.garbled": {
            "zh": "改写答案的模型没有给出可用的回应，下面是原文中的答案。",
            "en": "The writer's server sent nothing usable; this is the answer as it stands in the source.",
        },
        "writer.unsupported": {
            "zh": "模型写的话都没有得到引文的支持，下面是原文中的答案。",
            "en": "Nothing that the writer wrote is borne out by the passages; this is the answer as it stands in the "
            "source.",
        },
        "notice.empty": {"zh": "先写下你的问题。", "en": "Write a question first."},
        "notice.unexpected": {
            "zh": "出了意外，问题没有答成。详情在服务器的日志里。",
            "en": "Something went wrong and the question was not answered. The server's log says more.",
        },
        "notice.error": {"zh": "没有成功", "en": "That did not work"},
        "notice.question-invalid": {"zh": "这个问题没法回答", "en": "This question cannot be asked"},
        "notice.not-ready": {"zh": "模型还在载入", "en": "The models are still loading"},
        "notice.gold-invalid": {"zh": "没有可用的题集", "en": "No gold set can be used"},
        "notice.evaluation-failed": {"zh": "评测没有完成", "en": "The evaluation was not completed"},
        "notice.bad-link": {
            "zh": "这个链接不完整，或者所指的位置不在文件里。",
            "en": "This link is incomplete, or the place it names is not in the document.",
        },
        "notice.document-gone": {
            "zh": "文集里没有链接所指的文件：{document}",
            "en": "The document that the link names is not in the collection: {document}",
        },
        "notice.document-changed": {
            "zh": "这个文件在链接生成之后改动过，位置可能已经不同，所以没有标出。",
            "en": "This document has changed since the link was made. The place may have moved and is not marked.",
        },
        **ASKING,
        **DOCUMENT_TABLE,
    }
)


class Words:
    """The strings of one language: `Words("zh")("took", seconds="0.4")`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its places filled. Plain text: whoever puts it into HTML escapes it."""
        return TABLE[key][self.language].format(**values)

    def notice(self, slug: str) -> str:
        """The heading for an error of the project's, by its slug."""
        key = f"notice.{slug}"
        return self(key if key in TABLE else "notice.error")

    def under(self, prefix: str) -> dict[str, str]:
        """The texts whose keys begin so, by the rest of the key, their places not filled: for the page's scripts."""
        return {key.removeprefix(prefix): text[self.language] for key, text in TABLE.items() if key.startswith(prefix)}


def preferred_language(accept_language: str) -> str:
    """The first of our languages in an Accept-Language header, by weight then order; else the default."""
    wanted = []
    for order, item in enumerate(accept_language.split(",")):
        tag, _, weight = item.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), order, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, _, tag in sorted(wanted) if tag in LANGUAGES), DEFAULT_LANGUAGE)
