// Verdicts on cited passages: sent when a button is pressed, taken back when it is pressed again. What this tab has
// said is remembered in it, so that the buttons show it when an answer is drawn anew.
Object.assign(window.digestQA, (() => {
  const KEY = "digest-qa-verdicts";
  let panel = null;

  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    } catch {
      return {};
    }
  };
  const write = (verdicts) => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(verdicts));
    } catch {
      // a full or forbidden store: the buttons forget, the verdict is kept all the same
    }
  };
  const section = () => panel?.querySelector("[data-words]");
  const say = (key, values = {}) =>
    (JSON.parse(section()?.dataset.words ?? "{}")[key] ?? key).replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
  const key = (group) => {
    const { question, document_sha256, start, end } = JSON.parse(group.dataset.judgement);
    return JSON.stringify([question, document_sha256, start, end]);
  };

  const show = (group) => {
    const said = read()[key(group)]?.verdict;
    for (const button of group.querySelectorAll("button")) {
      const pressed = String(button.dataset.verdict === said);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  };
  const count = (counts) => {
    const place = section();
    if (!place) return;
    place.querySelector("[data-shown-count]").textContent = place.dataset.count.replace(
      /{(\w+)}/g,
      (whole, name) => counts[name] ?? whole,
    );
    for (const part of place.querySelectorAll(".export, .more")) part.hidden = !counts.verdicts;
  };

  const call = async (url, options) => {
    const answer = await fetch(url, options).catch(() => null);
    const body = await answer?.json().catch(() => null);
    if (answer?.ok) return body;
    const why = answer ? [body?.detail, body?.remedy].filter(Boolean).join("; ") : say("unreachable");
    throw { status: answer?.status, message: why || say("unexpected", { status: answer.status }) };
  };
  const judge = async (group, verdict) => {
    const name = key(group);
    const before = read()[name];
    const undone = before?.verdict === verdict;
    group.setAttribute("aria-busy", "true");
    group.querySelector(".problem")?.remove();
    try {
      let answer;
      if (undone) answer = await call(`/feedback/${encodeURIComponent(before.id)}`, { method: "DELETE" });
      else {
        const body = JSON.stringify({ ...JSON.parse(group.dataset.judgement), verdict });
        answer = await call("/feedback", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      }
      const verdicts = read();
      if (undone) delete verdicts[name];
      else verdicts[name] = { id: answer.id, verdict };
      write(verdicts);
      count(answer);
    } catch (problem) {
      const text = document.createElement("span");
      text.className = "problem";
      text.setAttribute("role", "alert");
      text.textContent = `${say("failed")}: ${problem.message}`;
      group.append(text);
      if (undone && problem.status === 404) {
        // Taken back already, elsewhere.
        const verdicts = read();
        delete verdicts[name];
        write(verdicts);
      }
    }
    group.removeAttribute("aria-busy");
    show(group);
  };

  // On the element that holds the citations.
  const verdicts = (element, watch) => {
    element.addEventListener("click", (event) => {
      const button = event.target.closest(".feedback button[data-verdict]");
      const group = button?.closest("[data-judgement]");
      if (group && group.getAttribute("aria-busy") !== "true") judge(group, button.dataset.verdict);
    });
    const drawn = () => {
      const groups = element.querySelectorAll(".feedback[data-judgement]");
      groups.forEach(show);
      if (groups.length) window.digestQA.seen(JSON.parse(groups[0].dataset.judgement).generation);
    };
    watch("value", drawn);
    drawn();
  };
  const feedback = (element) => {
    panel = element;
  };

  return { verdicts, feedback };
})());
