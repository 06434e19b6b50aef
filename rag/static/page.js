// What the page does by itself in the browser. Each function is given a part of the page once, when it is drawn.
// This file has what the others share; they add their own to it.
window.digestQA = (() => {
  const plainClick = (event) =>
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

  // What this visitor does is counted, so that the server knows what is newest.
  let number = 0;
  const next = () => ++number;

  // Kept in this browser (local) or this tab (session) alone; where that is forbidden, only as long as the page is open.
  const keeper = (storage) => {
    const memory = {};
    return {
      get: (key) => {
        try { return JSON.parse(window[storage].getItem(`digest-qa-${key}`)) ?? memory[key] ?? null; }
        catch { return memory[key] ?? null; }
      },
      set: (key, value) => {
        memory[key] = value;
        try { window[storage].setItem(`digest-qa-${key}`, JSON.stringify(value)); } catch { /* only in memory */ }
      },
    };
  };
  const visit = keeper("sessionStorage");
  const browser = keeper("localStorage");

  // A word to everybody, to screen readers too.
  let quiet = null;
  const say = (text) => {
    let said = document.getElementById("said");
    if (!said) {
      said = Object.assign(document.createElement("div"), { id: "said" });
      said.setAttribute("role", "status");
      document.querySelector(".gradio-container").append(said);
    }
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = text; });
    clearTimeout(quiet);
    quiet = setTimeout(() => { said.textContent = ""; }, 4000);
  };

  // A link into a source opens in the reader beside; with a modifier key it is the ordinary link that it also is.
  const links = (element, trigger) =>
    element.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-open]");
      if (!link || !plainClick(event)) return;
      event.preventDefault();
      window.digestQA.opening(event.detail === 0);
      trigger("select", { url: link.getAttribute("href"), layout: window.digestQA.layout(), number: next() });
    });

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

  return { plainClick, next, visit, browser, say, links, language, evaluation };
})();
