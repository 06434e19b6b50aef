"""The page over a real collection that is changed through it: a fake encoder, whose steps can be let through."""

import threading
from contextlib import contextmanager
from pathlib import Path

from fakes import FigureReader, HashEncoder
from page_in_browser import running

from index.build import build
from index.encoders.protocol import PROBES

HARBOUR = """东湾：旧码头的新生意

林海生 东湾渔港管理处主任

东湾渔港有四十年没有大修。去年，管理处拆掉三座旧冷库，每天能存六十吨鱼。
"""
MARKET = """西岭：林场的三笔账

顾春燕 西岭林场场长

西岭林场过去只算木材一笔账。现在还要算水和游人两笔账，一共退耕四百亩。
"""
ORCHARD = "# Frost nights\n\nThe growers lost half of their apples in May. Since then they burn 90 small stoves.\n"
POLISH = "# Kraków\n\nThe trams of Łódź and Kraków carry 700 people an hour, says the head of the works, Mr Żak.\n"


class GatedEncoder(HashEncoder):
    """Once `shut`, it encodes as many texts as were let through; before that all of them."""

    def __init__(self):
        super().__init__()
        self.gate = None

    def shut(self):
        self.gate = threading.Semaphore(0)

    def let(self, texts=1000):
        self.gate.release(texts)

    def embed_passages(self, texts):
        if self.gate is not None and tuple(texts) != PROBES:
            for _ in texts:
                assert self.gate.acquire(timeout=20)
        return super().embed_passages(texts)


class Served:
    """A server over `store`; it can be stopped and started again on the same port."""

    def __init__(self, store, *, read_only=False, encoder=None):
        self.store, self.read_only, self.encoder = Path(store), read_only, encoder or GatedEncoder()
        self.port = 0
        self._running = None

    def start(self):
        from app import create_app
        from rag.engine import Engine
        from rag.evaluations import Evaluation
        from rag.library import Library
        from rag.opening import Opening
        from rag.settings import Settings

        settings = Settings(store=self.store, encoders=("fake",), mode="fast")
        opening = Opening(settings, load=lambda spec: self.encoder, reader=FigureReader)
        engine = Engine(opening.assistant)
        library = Library(engine, opening)
        app = create_app(engine, Evaluation(engine, self.store), None if self.read_only else library)
        self._running = running(app, self.port)
        self.address = self._running.__enter__()
        self.port = int(self.address.rsplit(":", 1)[1])
        return self.address

    def stop(self):
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None

    @property
    def names(self):
        """What the collection on the disk holds."""
        from index.collection import Collection

        return [document.name for document in Collection.open(self.store).documents]


@contextmanager
def served_library(folder, files=None, *, read_only=False):
    """A server over a new collection of these texts by their names; of `harbour.txt` where none are given."""
    from rag.settings import Settings

    sources = folder / "sources"
    sources.mkdir(parents=True)
    for name, text in (files or {"harbour.txt": HARBOUR}).items():
        (sources / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    server = Served(folder / "store", read_only=read_only)
    build([sources], server.store, Settings(encoders=("fake",)).build, lambda spec: server.encoder)
    server.start()
    try:
        yield server
    finally:
        if server.encoder.gate is not None:
            server.encoder.let()
        server.stop()


def file(name, text):
    """A file as a browser's file input takes it."""
    return {"name": name, "mimeType": "text/plain", "buffer": text if isinstance(text, bytes) else text.encode()}


def choose(page, *files):
    """Give files to the input, without its dialogue."""
    page.locator("#upload input[data-files]").set_input_files(list(files))


def drop(page, selector, *files):
    """Drag files over a part of the page and drop them there."""
    given = [(one["name"], one["buffer"].decode()) for one in files]
    page.evaluate(
        """([selector, files]) => {
            const dataTransfer = new DataTransfer();
            for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
            const place = document.querySelector(selector);
            const fire = (kind) =>
                place.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
            fire("dragenter");
            if (!document.querySelector("#library.dropping")) throw new Error("nothing says that files can be dropped");
            fire("dragover");
            fire("drop");
        }""",
        [selector, given],
    )


def listed(page, names):
    """Waits until the list holds exactly these documents."""
    page.wait_for_function(
        """names => JSON.stringify([...document.querySelectorAll("#documents details.document")]
            .map((each) => each.dataset.name)) === JSON.stringify(names)""",
        arg=sorted(names),
    )


def outcome(page, number=-1):
    """The lines that say what became of an upload, once it has ended."""
    rows = page.locator("#upload .uploading").nth(number) if number >= 0 else page.locator("#upload .uploading").last
    rows.locator("ul").wait_for()
    return rows.locator("li").all_inner_texts()
