// Asking: the question, how it is to be answered, the address that says all of it, and what was asked in this visit.
Object.assign(window.digestQA, (() => {
  const page = window.digestQA;
  const MOST_ASKED = 50;
  const MOST_PASSAGES = 20;
  const NONE = -1; // older than any question: the server takes it for overtaken
  const MODES = ["best", "fast"];
  const KINDS = ["region", "document", "article"];
  const nothing = () => ({ region: [], document: [], article: [] });

  let part = null; // the element with the choices
  let trigger = null;
  let current = ""; // the question that the page shows
  let sent = 0; // its number
  let address = location.search;
  let filters = nothing();
  let { k, mode } = page.visit.get("how") ?? {}; // not set: as the server has it

  const find = (selector) => part?.querySelector(selector);
  const findAll = (selector) => [...(part?.querySelectorAll(selector) ?? [])];
  const box = () => document.querySelector("#question textarea");

  const fill = (question) => {
    const there = box();
    if (!there || there.value === question) return;
    there.value = question;
    there.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // ---- the address
  const read = (search) => {
    const query = new URLSearchParams(search);
    const said = Object.fromEntries(KINDS.map((kind) => [kind, [...new Set(query.getAll(kind))]]));
    const number = Number(query.get("k"));
    return {
      question: query.get("q") ?? "",
      k: Number.isInteger(number) && number >= 1 && number <= MOST_PASSAGES ? String(number) : null,
      mode: MODES.includes(query.get("mode")) ? query.get("mode") : null,
      filters: said,
    };
  };
  const write = (question) => {
    const query = new URLSearchParams({ q: question });
    if (k) query.set("k", k);
    if (mode) query.set("mode", mode);
    for (const kind of KINDS) for (const value of filters[kind]) query.append(kind, value);
    return `?${query}`;
  };
  const restore = (said) => {
    ({ k, mode, filters } = said.question ? said : { ...page.visit.get("how"), filters: nothing() });
    draw();
  };

  // ---- asking
  const send = (question, home = false) => {
    page.reserve();
    sent = page.next();
    trigger("select", {
      number: sent, question, home, k: k ?? null, mode: mode ?? null, origin: location.origin,
      regions: filters.region, documents: filters.document, articles: filters.article,
    });
    page.look();
  };
  const ask = (question, push = true) => {
    current = question.trim();
    if (current) {
      address = write(current);
      if (push && address !== location.search) history.pushState(null, "", location.pathname + address);
      note(current, address);
    }
    send(question);
  };
  const again = () => {
    page.visit.set("how", { k, mode });
    draw();
    if (current) ask(current);
  };
  const arrive = () => {
    const said = read(location.search);
    if (said.question) {
      restore(said);
      ask(said.question, false);
    }
    const draft = page.visit.get("draft");
    if (draft !== null) fill(draft);
    page.visit.set("draft", null);
    page.look();
  };
  addEventListener("popstate", () => {
    if (location.search === address) return; // to another place on the same page
    address = location.search;
    const said = read(address);
    restore(said);
    fill(said.question);
    if (said.question) return ask(said.question, false);
    current = "";
    if (new URLSearchParams(address).has("document")) page.open(`/${address}`);
    else send("", true);
  });

  // ---- what was asked in this visit; it stays in this tab
  const asked = () => page.visit.get("asked") ?? [];
  const keep = (list) => {
    page.visit.set("asked", list.slice(0, MOST_ASKED));
    list_asked();
  };
  // One that is overtaken before its answer is there stays as it was before, or was not asked.
  const note = (question, at) => {
    const others = asked().map((one) => (one.state === "waiting" ? { ...one, state: one.before } : one));
    const before = others.find((one) => one.at === at)?.state;
    const where = KINDS.flatMap((kind) => filters[kind].map((value) => label(kind, value))).join(" · ");
    keep([{ question, where, at, before, state: "waiting" }, ...others.filter((one) => one.state && one.at !== at)]);
  };
  // The answer has been drawn: how did it go?
  const drawn = (element) => {
    const done = element.querySelector("[data-number]");
    const [newest, ...others] = asked();
    if (!done || Number(done.dataset.number) !== sent || newest?.state !== "waiting") return;
    keep([{ ...newest, state: done.querySelector(".answer")?.dataset.state ?? "failed" }, ...others]);
  };
  const list_asked = () => {
    const list = find(".history ol");
    if (!list) return;
    const entries = asked();
    list.replaceChildren(...entries.map(({ question, where, at, state }) => {
      const entry = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: question });
      button.dataset.again = at;
      button.dir = "auto";
      const how = Object.assign(document.createElement("small"), { textContent: list.dataset[state] ?? "" });
      how.className = state;
      if (where) button.append(Object.assign(document.createElement("small"), { textContent: where }));
      entry.append(button, how);
      return entry;
    }));
    find(".history .count").textContent = entries.length || "";
    find(".history .empty").hidden = entries.length > 0;
    find("[data-clear-history]").hidden = entries.length === 0;
  };

  // ---- filters, k, mode
  const label = (kind, value) =>
    findAll(`input[data-kind=${kind}]`).find((one) => one.value === value)?.parentElement.textContent ?? value;
  const draw = () => {
    const how = find(".options");
    if (!how) return;
    for (const one of findAll("input[data-kind]")) one.checked = filters[one.dataset.kind].includes(one.value);
    find("select[data-k]").value = k ?? how.dataset.passages;
    for (const one of findAll("input[name=mode]")) one.checked = one.value === (mode ?? how.dataset.mode);
    const chosen = KINDS.flatMap((kind) => filters[kind].map((value) => [kind, value]));
    find(".filters .count").textContent = chosen.length || "";
    const chips = find(".chips");
    chips.hidden = !chosen.length;
    chips.replaceChildren(...chosen.map(([kind, value]) => {
      const text = label(kind, value);
      const chip = Object.assign(document.createElement("button"), { type: "button", textContent: text });
      chip.setAttribute("aria-label", `${chips.dataset.remove}: ${text}`);
      Object.assign(chip.dataset, { kind, value });
      return chip;
    }));
    if (chosen.length > 1) {
      const clear = Object.assign(document.createElement("button"), { type: "button", textContent: chips.dataset.clear });
      clear.dataset.clearFilters = "";
      chips.append(clear);
    }
    list_asked();
  };

  const close = (menu) => { if (menu) menu.open = false; };
  const options = (element, fire, watch) => {
    part = element;
    trigger = fire;
    page.listen(() => trigger("select", { number: NONE }));
    element.addEventListener("change", ({ target }) => {
      if (target.dataset.kind) {
        const rest = filters[target.dataset.kind].filter((value) => value !== target.value);
        filters[target.dataset.kind] = target.checked ? [...rest, target.value] : rest;
      } else if (target.matches("[data-k]")) k = target.value;
      else if (target.name === "mode") mode = target.value;
      else return;
      again();
    });
    element.addEventListener("input", ({ target }) => {
      if (!target.matches("[data-find]")) return;
      const wanted = target.value.trim().toLowerCase();
      for (const one of findAll("fieldset label:has([data-kind])")) {
        one.hidden = !one.textContent.toLowerCase().includes(wanted) && !one.firstElementChild.checked;
      }
    });
    element.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      if ("again" in button.dataset) {
        close(find(".history"));
        const said = read(button.dataset.again);
        restore(said);
        fill(said.question);
        ask(said.question);
        find(".history summary").focus();
      } else if ("clearHistory" in button.dataset) {
        keep([]);
        find(".history summary").focus();
      } else if ("clearFilters" in button.dataset || button.closest(".chips")) {
        const { kind, value } = button.dataset;
        if (kind) filters[kind] = filters[kind].filter((one) => one !== value);
        else filters = nothing();
        again();
        find(".filters summary").focus();
      }
    });
    addEventListener("click", ({ target }) => {
      for (const menu of findAll("details.menu[open]")) if (!menu.contains(target)) close(menu);
    });
    element.addEventListener("keydown", (event) => {
      const menu = event.target.closest("details.menu[open]");
      if (event.key !== "Escape" || !menu) return;
      close(menu);
      menu.querySelector("summary").focus();
    });
    watch("value", draw);
    draw();
  };

  const examples = (element) =>
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-question]");
      if (!button) return;
      fill(button.dataset.question);
      ask(button.dataset.question);
    });

  return { options, examples, arrive, drawn, asked: (question) => ask(question ?? "") };
})());
