// What the page does by itself in the browser. Each function is given a part of the page once, when it is drawn.
window.digestQA = (() => {
  const plainClick = (event) =>
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

  // A link into a source opens in the reader beside; with a modifier key it is the ordinary link that it also is.
  const links = (element, trigger) =>
    element.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-open]");
      if (!link || !plainClick(event)) return;
      event.preventDefault();
      trigger("select", { url: link.getAttribute("href") });
    });

  const live = (element) => element.setAttribute("aria-live", "polite");

  const examples = (element, trigger) =>
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-question]");
      if (button) trigger("select", { question: button.dataset.question });
    });

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

  const reader = (element, watch) => {
    const later = () => requestAnimationFrame(() => show(element));
    watch("value", later);
    later();
  };

  // The address always leads back to what is asked.
  const remember = (question) =>
    history.replaceState(null, "", question.trim() ? "?q=" + encodeURIComponent(question) : location.pathname);

  const language = (code) => {
    document.documentElement.lang = code === "zh" ? "zh-Hans" : code;
    document.documentElement.dataset.language = code;
  };

  // The card stays as its visitor opened it when it is drawn anew, follows a run, and is drawn anew when that has ended.
  const evaluation = (element, trigger, watch) => {
    let opened = null;
    let timer = null;

    const show = ({ done, total }) => {
      const percent = total ? Math.min(100, Math.round((100 * done) / total)) : 0;
      const bar = element.querySelector("[role=progressbar]");
      bar?.setAttribute("aria-valuenow", percent);
      bar?.firstElementChild.style.setProperty("width", `${percent}%`);
      for (const count of element.querySelectorAll("[data-count]")) count.textContent = total ? `${done} / ${total}` : "";
    };
    const look = async () => {
      const card = element.querySelector("details");
      const answer = await fetch("/evaluation/state").catch(() => null); // the server may be away for a while
      const now = answer?.ok ? await answer.json() : null;
      if (now && now.state !== card.dataset.state) return trigger("select", { run: false });
      if (now) show(now);
      clearTimeout(timer);
      if (card.dataset.state === "running") timer = setTimeout(look, 500);
    };
    const drawn = () => {
      const card = element.querySelector("details");
      if (!card) return;
      const running = card.dataset.state === "running";
      if (running) opened ??= true;
      if (opened !== null) card.open = opened;
      if (running) look();
    };
    element.addEventListener("click", (event) => {
      const button = event.target.closest("#evaluate");
      if (button?.getAttribute("aria-disabled") === "false") trigger("select", { run: true });
      const card = element.querySelector("details");
      if (event.target.closest("summary")?.parentElement !== card) return;
      opened = !card.open;
      if (opened) look(); // somebody else may have started a run
    });
    watch("value", drawn);
    drawn();
  };

  return { links, live, examples, reader, remember, language, evaluation };
})();
