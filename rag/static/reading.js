// Reading: the answer, its citations and their copies, and the reader beside with the way through the citations.
Object.assign(window.digestQA, (() => {
  const page = window.digestQA;
  const PARTS = ["answer", "citations"];

  let trigger = null; // the reader's
  let focus = null; // what is to have the focus once the reader is drawn anew

  const layout = () => document.querySelector("#source input[name=layout]:checked")?.value ?? "repaired";
  const opening = (byKeyboard) => { focus = byKeyboard ? ".pages" : null; };
  const open = (url, jump = true) => trigger("select", { url, jump, layout: layout(), number: page.next() });

  // While an answer is looked for the page keeps its height, so that nothing jumps.
  const reserve = () => {
    for (const name of PARTS) {
      const part = document.getElementById(name);
      part.style.minHeight = `${part.offsetHeight}px`;
      part.style.setProperty("--held", `${(part.querySelector(".card") ?? part).offsetHeight}px`);
    }
  };
  const release = () => {
    for (const name of PARTS) document.getElementById(name).style.minHeight = "";
  };

  const answer = (element, fire, watch) => {
    element.setAttribute("aria-live", "polite");
    page.links(element, fire);
    watch("value", () => {
      element.setAttribute("aria-busy", String(Boolean(element.querySelector(".waiting"))));
      if (!element.querySelector(".waiting")) release();
      page.drawn(element);
    });
  };

  // ---- copying
  const byHand = (text) => {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    field.style.cssText = "position:fixed;opacity:0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };
  const copy = async (text, button) => {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch { // no permission, or no secure address
      done = byHand(text);
      button.focus();
    }
    page.say(done ? button.dataset.done : button.dataset.failed);
  };
  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-link]");
    if (!button) return;
    copy(button.dataset.copy ?? location.origin + button.dataset.copyLink, button);
  });

  // ---- which of the citations is open, and the way to the next
  const cards = () => [...document.querySelectorAll("#citations article.citation")];
  const linkOf = (card) => card.querySelector("h3 a[data-open]");
  const at = () => {
    const here = document.querySelector("#source a.here")?.getAttribute("href");
    return cards().findIndex((card) => linkOf(card).getAttribute("href") === here);
  };
  const step = (by) => {
    const to = at() + by;
    if (to >= 0 && to < cards().length) linkOf(cards()[to]).click();
  };
  const steps = () => {
    const all = cards();
    const now = at();
    all.forEach((card, number) => card.toggleAttribute("data-current", number === now));
    all.forEach((card, number) => linkOf(card)[number === now ? "setAttribute" : "removeAttribute"]("aria-current", "true"));
    const output = document.querySelector("#source .step");
    if (!output) return;
    document.querySelector("#source a.back").hidden = !all.length;
    output.textContent = all.length ? `${now < 0 ? "–" : now + 1} / ${all.length}` : "";
    for (const button of document.querySelectorAll("#source [data-step]")) {
      const to = now + Number(button.dataset.step);
      button.disabled = to < 0 || to >= all.length;
    }
  };
  addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const writing = event.target.closest?.("input, textarea, select");
    if (!by || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || writing) return;
    event.preventDefault();
    step(by);
  });

  const citations = (element, fire, watch) => {
    page.links(element, fire);
    watch("value", () => requestAnimationFrame(steps));
  };

  // ---- the reader
  // Bring the place into view: in the reader's own scroll where it has one, in the window only when asked for.
  const show = (element) => {
    const reader = element.querySelector(".reader");
    const place = element.querySelector("#cited, #here");
    if (!reader) return;
    const target = place ?? reader;
    const pages = reader.querySelector(".pages");
    if (place && pages.scrollHeight > pages.clientHeight) {
      const offset = place.getBoundingClientRect().top - pages.getBoundingClientRect().top;
      pages.scrollTop += offset - pages.clientHeight / 4;
    }
    const { top, bottom } = target.getBoundingClientRect();
    if (reader.dataset.jump === "1" && (top < 0 || Math.min(bottom, top + 80) > window.innerHeight)) {
      target.scrollIntoView({ block: place ? "center" : "start" });
    }
  };

  const reader = (element, fire, watch) => {
    trigger = fire;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-step]");
      if (button) {
        step(Number(button.dataset.step));
        focus = `[data-step="${button.dataset.step}"]:enabled, .pages`;
      }
      if (event.target.closest("a.back")) {
        event.preventDefault();
        const card = cards()[Math.max(at(), 0)];
        (card ?? document.getElementById("found")).scrollIntoView({ block: "start" });
        if (card) linkOf(card).focus({ preventScroll: true });
      }
    });
    element.addEventListener("change", ({ target }) => {
      if (target.name !== "layout") return;
      focus = `input[name=layout][value=${target.value}]`;
      open(element.querySelector("a.here").getAttribute("href"), false);
    });
    const later = () => requestAnimationFrame(() => {
      show(element);
      steps();
      const wanted = focus && element.querySelector(focus);
      if (wanted) wanted.focus({ preventScroll: true });
      focus = null;
    });
    watch("value", later);
    later();
  };

  return { answer, citations, reader, reserve, layout, opening, open };
})());
