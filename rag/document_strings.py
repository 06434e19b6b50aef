"""What the page says about documents, uploads and verdicts on passages; part of the table in `strings`.

The texts under `client.` go to documents.js and feedback.js, which fill their places as Words does.
"""

from __future__ import annotations

from collections.abc import Mapping

DOCUMENT_TABLE: Mapping[str, Mapping[str, str]] = {
    "documents.none": {"zh": "文集里还没有文件。", "en": "The collection holds no document yet."},
    "documents.totals": {
        "zh": "{documents} 个文件 · {articles} 篇文章 · {passages} 个段落 · {characters} 字",
        "en": "documents: {documents} · articles: {articles} · passages: {passages} · characters: {characters}",
    },
    "documents.counts": {
        "zh": "{articles} 篇文章 · {passages} 个段落 · {characters} 字 · {encoding}",
        "en": "articles: {articles} · passages: {passages} · characters: {characters} · {encoding}",
    },
    "documents.add": {"zh": "添加文件…", "en": "Add files…"},
    "documents.look": {"zh": "需要看一看：{count} 处", "en": "needs a look: {count}"},
    "documents.converted": {
        "zh": "原来的编码是 {encoding}，已经转换；请看看文字有没有乱码。",
        "en": "It was written in {encoding} and has been converted: see whether any characters are garbled.",
    },
    "documents.untitled": {
        "zh": "有 {count} 篇文章没有找到标题。",
        "en": "No title was found for some articles: {count}.",
    },
    "documents.replace": {"zh": "替换…", "en": "Replace…"},
    "documents.replace.of": {"zh": "替换… {name}", "en": "Replace… {name}"},
    "documents.remove": {"zh": "移除", "en": "Remove"},
    "documents.remove.of": {"zh": "移除 {name}", "en": "Remove {name}"},
    "documents.removed": {"zh": "最近移除或被替换的", "en": "Removed or replaced lately"},
    "documents.restore": {"zh": "恢复", "en": "Bring back"},
    "documents.restore.of": {"zh": "恢复 {name}", "en": "Bring back {name}"},
    "documents.read-only": {
        "zh": "这个服务器是只读的：不能添加、替换或移除文件。",
        "en": "This server is read-only: documents cannot be added, replaced or removed.",
    },
    "audit": {"zh": "结构与版面检查", "en": "Outline and layout audit"},
    "audit.coverage": {"zh": "文字的归属", "en": "Where every character went"},
    "audit.articles": {"zh": "文章 {count} 字（{percent}）", "en": "articles {count} ({percent})"},
    "audit.furniture": {"zh": "版面文字 {count} 字（{percent}）", "en": "page furniture {count} ({percent})"},
    "audit.whole": {"zh": "合计 {count} 字 = 100 %", "en": "together {count} characters = 100 %"},
    "audit.outline": {"zh": "文章", "en": "Articles"},
    "audit.article": {
        "zh": "{paragraphs} 个自然段 · 位置 {spans}",
        "en": "paragraphs: {paragraphs} · at {spans}",
    },
    "audit.untitled": {"zh": "（没有标题）", "en": "(no title)"},
    "audit.furniture.title": {"zh": "不属于任何文章的文字", "en": "Text that belongs to no article"},
    "audit.furniture.none": {"zh": "没有：全部文字都属于文章。", "en": "None: all text belongs to an article."},
    "audit.blank": {"zh": "（空白）", "en": "(blank space)"},
    "audit.toml": {"zh": "下载 digest.toml", "en": "Download digest.toml"},
    "audit.toml.help": {
        "zh": "如果文章分得不对：把这个文件和原文放在同一个文件夹里，改正后运行 digest-qa index 文件夹。",
        "en": "Where the articles are wrong: put this file into one folder with the document, correct it, then run "
        "digest-qa index FOLDER.",
    },
    "reason.theme": {
        "zh": "在第一个标题上方，不是文章标题：版面主题",
        "en": "stands above the first title and heads no article: a theme line",
    },
    "reason.column": {
        "zh": "在最后一篇文章下方，不是文章标题：栏目名称",
        "en": "stands below the last article and heads none: a column name",
    },
    "reason.stray": {
        "zh": "文章之间的短行，不是文章标题",
        "en": "a short line between articles that heads none",
    },
    "reason.page-number": {
        "zh": "页码",
        "en": "page number",
    },
    "reason.rule": {
        "zh": "分隔线，没有文字",
        "en": "a rule, no words",
    },
    "reason.by-hand": {
        "zh": "digest.toml 里指定的",
        "en": "set in digest.toml",
    },
    "reason.running-head": {
        "zh": "页眉或页脚：这一行出现了 {count} 次",
        "en": "running head: the line stands {count} times",
    },
    "upload": {"zh": "添加文件", "en": "Add documents"},
    "upload.drop": {"zh": "把文件拖到这里，或点此选择", "en": "Drop files here, or choose them"},
    "upload.hint": {
        "zh": "可以读：{kinds}。一次最多 {limit} MiB。与已有文件同名的，会取代它。",
        "en": "Can be read: {kinds}. At most {limit} MiB at a time. A file takes the place of a document of its name.",
    },
    "upload.uploads": {"zh": "正在添加的文件", "en": "Files being added"},
    "upload.notices": {"zh": "消息", "en": "Messages"},
    "client.sending": {"zh": "正在上传", "en": "Uploading"},
    "client.queued": {"zh": "等待前面的文件", "en": "Waiting for the files before these"},
    "client.step.": {"zh": "正在准备", "en": "Preparing"},
    "client.step.reading": {"zh": "正在读取文章", "en": "Reading the articles"},
    "client.step.encoding": {"zh": "正在为检索编码", "en": "Encoding for the search"},
    "client.progress": {"zh": "{step}，{percent} %", "en": "{step}, {percent} %"},
    "client.cancel": {"zh": "取消", "en": "Cancel"},
    "client.cancelling": {"zh": "正在取消…", "en": "Cancelling…"},
    "client.cancelled": {"zh": "已取消，文集没有变化。", "en": "Cancelled: the collection is as it was."},
    "client.away": {
        "zh": "暂时连不上服务器，正在重试…",
        "en": "The server cannot be reached at the moment; trying again…",
    },
    "client.unreachable": {
        "zh": "连不上服务器。请检查它是否在运行，然后重试。",
        "en": "The server cannot be reached. See whether it is running, then try again.",
    },
    "client.lost": {
        "zh": "服务器重新启动过。如果列表里没有这些文件，请再添加一次。",
        "en": "The server was restarted meanwhile. Where the list lacks the files, add them again.",
    },
    "client.failed": {"zh": "没有成功", "en": "That did not work"},
    "client.unexpected": {
        "zh": "服务器出了意外（{status}）。详情在服务器的日志里。",
        "en": "Something went wrong on the server ({status}). Its log says more.",
    },
    "client.retry": {"zh": "重试", "en": "Try again"},
    "client.dismiss": {"zh": "关闭", "en": "Dismiss"},
    "client.too-large": {
        "zh": "这些文件一共 {size} MiB，一次最多 {limit} MiB。请分几次添加。",
        "en": "These files have {size} MiB together, at most {limit} MiB are taken at a time. Add fewer at once.",
    },
    "client.kind": {
        "zh": "{name}：这种文件读不了。请另存为 {kinds}。",
        "en": "{name}: files of this kind cannot be read. Save it as one of {kinds}.",
    },
    "client.passed-over": {"zh": "没有收入：{why}", "en": "Not taken: {why}"},
    "client.added": {"zh": "已添加：{names}", "en": "Added: {names}"},
    "client.changed": {"zh": "已替换：{names}", "en": "Replaced: {names}"},
    "client.unchanged": {"zh": "已经在文集里：{names}", "en": "There already: {names}"},
    "client.removed": {"zh": "已移除 {name}。", "en": "Removed {name}."},
    "client.replaced": {"zh": "{old} 已被取代。", "en": "{old} has been replaced."},
    "client.kept": {
        "zh": "{old} 没有被取代，仍在文集里。",
        "en": "{old} was not replaced and is still there.",
    },
    "client.undo": {"zh": "撤销", "en": "Undo"},
    "client.restored": {"zh": "已恢复 {name}。", "en": "{name} is back."},
    "client.more": {"zh": "{name} 等 {count} 个文件", "en": "{name} and others ({count} files)"},
    "client.loading": {"zh": "正在载入…", "en": "Loading…"},
    "feedback": {"zh": "这个段落对吗？", "en": "Is this the right passage?"},
    "feedback.right": {"zh": "段落对", "en": "Right passage"},
    "feedback.wrong": {"zh": "段落不对", "en": "Wrong passage"},
    "feedback.heading": {"zh": "反馈", "en": "Feedback"},
    "feedback.about": {
        "zh": "在引文上标记段落对不对。标记和问题只存在这个服务器的文集文件夹里，不会发往别处；再点一次就撤回。",
        "en": "Mark the passages beside an answer as right or wrong. The marks and their questions stay in the "
        "collection's folder on this server and are sent nowhere; press again to take one back.",
    },
    "feedback.export": {"zh": "下载为题集", "en": "Download as a gold set"},
    "feedback.count": {
        "zh": "{questions} 个问题可以导出（共 {verdicts} 个标记，{left_out} 个问题不导出）",
        "en": "questions to export: {questions} (marks: {verdicts}, questions left out: {left_out})",
    },
    "feedback.left-out": {
        "zh": "不导出的：没有标出正确段落的、照抄原文的、引文只是半个句子的，以及文件已不在文集里的问题。",
        "en": "Left out are questions without a passage marked right, those that repeat the text word for word, those "
        "whose quote is part of a longer sentence, and those whose document is not in the collection any more.",
    },
    "feedback.use": {
        "zh": "用它评测：放进文集文件夹里的 gold 文件夹，再运行评测。",
        "en": "To evaluate with it: put it into the folder gold of the collection's folder and run the evaluation.",
    },
}
