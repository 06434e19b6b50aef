// Documents on the page: uploads with their progress, removing and bringing back, the audit of a layout. Text from
// outside goes in as textContent only; the one piece of HTML that is fetched, the audit, is escaped by our own server.
Object.assign(window.digestQA, (() => {
  const API = "/api/v1/documents";
  const AROUND = 1000; // bytes that a form puts around a file, at most
  const LOOK = 250; // milliseconds between two looks at a job
  const AWAY = 2000; // and where the server does not answer
  const PATIENCE = 30; // so often is it looked for before giving up
  const KEPT = "digest-qa-uploads";
  const FINAL = ["done", "failed", "cancelled"];

  const uploads = []; // what is shown in #upload, the newest last
  const toasts = []; // messages that stay until they are dismissed
  let panel = null; // the #upload element
  let refresh = () => {};

  const root = () => panel?.querySelector("[data-words]");
  const words = () => JSON.parse(root()?.dataset.words ?? "{}");
  const say = (key, values = {}) =>
    (words()[key] ?? key).replace(/{(\w+)}/g, (place, name) => (name in values ? String(values[name]) : place));

  const make = (tag, text = "", attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const button = (text, action, label) => {
    const element = make("button", text, { type: "button", class: "plain" });
    if (label) element.setAttribute("aria-label", label);
    element.addEventListener("click", action);
    return element;
  };
  const announce = (text) => {
    const place = panel?.querySelector(".said");
    if (place) place.textContent = text;
  };

  // A problem as the API tells it: what is wrong, and what mends it.
  const told = (body, status) =>
    body?.detail ? { detail: body.detail, remedy: body.remedy ?? "" } : { detail: say("unexpected", { status }), remedy: "" };
  const sentence = ({ detail, remedy }) => (remedy ? `${detail}; ${remedy}` : detail);

  // The JSON of a request; a problem is thrown, {away: true} where nobody answers.
  const call = async (url, method) => {
    const answer = await fetch(url, { method }).catch(() => null);
    if (!answer) throw { away: true, detail: say("unreachable"), remedy: "" };
    const body = await answer.json().catch(() => null);
    if (!answer.ok) throw { ...told(body, answer.status), status: answer.status };
    return body;
  };

  // ---- messages ----------------------------------------------------------------------------------------------------

  const toast = (text, action = null) => {
    toasts.push({ text, action });
    drawToasts();
  };
  const drawToasts = () => {
    const place = panel?.querySelector(".toasts");
    if (!place) return;
    place.replaceChildren(
      ...toasts.map((one) => {
        const box = make("div", "", { class: "toast card", role: one.action?.failed ? "alert" : "status" });
        const text = make("p", one.text(), { dir: "auto" });
        const close = () => {
          const held = box.contains(document.activeElement);
          toasts.splice(toasts.indexOf(one), 1);
          drawToasts();
          if (held) document.querySelector("#documents [data-action=add]")?.focus({ preventScroll: true });
        };
        box.append(text);
        if (one.action) {
          const act = () => {
            close();
            one.action.run();
          };
          box.append(button(say(one.action.name), act));
        }
        box.append(button("×", close, say("dismiss")));
        return box;
      }),
    );
  };

  const remove = async (id, name) => {
    try {
      const gone = await call(`${API}/${encodeURIComponent(id)}`, "DELETE");
      refresh();
      toast(() => say("removed", { name }), { name: "undo", run: () => restore(gone.restore, name) });
    } catch (problem) {
      failed(problem, () => remove(id, name));
    }
  };
  const restore = async (url, name) => {
    try {
      await call(url, "POST");
      refresh();
      toast(() => say("restored", { name }));
    } catch (problem) {
      failed(problem, () => restore(url, name));
    }
  };
  const failed = (problem, again) =>
    toast(() => `${say("failed")}: ${problem.away ? say("unreachable") : sentence(problem)}`, {
      name: "retry",
      run: again,
      failed: true,
    });

  // ---- uploads -----------------------------------------------------------------------------------------------------

  const title = ({ first, count }) => (count > 1 ? say("more", { name: first, count }) : first);
  const ending = (name) => name.slice(name.lastIndexOf(".")).toLowerCase();
  const mebibytes = (bytes) => (bytes / 1048576).toFixed(1).replace(/\.0$/, "");

  // `replaces` is the document, {id, name}, whose place the file takes.
  const add = (files, replaces = null) => {
    if (!files.length || !root()?.dataset.limit) return;
    const kinds = root().dataset.kinds.split(" ");
    const limit = Number(root().dataset.limit);
    const good = files.filter((file) => kinds.includes(ending(file.name)));
    const size = good.reduce((sum, file) => sum + file.size + AROUND, 0);
    const [first, count] = good.length ? [good[0].name, good.length] : [files[0].name, files.length];
    const item = { files: good, replaces, refused: files.filter((file) => !good.includes(file)), first, count };
    uploads.push(item);
    if (!good.length) end(item, "failed");
    else if (size > limit) {
      item.fault = () => say("too-large", { size: mebibytes(size), limit: mebibytes(limit) });
      end(item, "failed");
    } else send(item);
    drawUploads();
    panel.querySelector(".uploads").lastElementChild?.scrollIntoView({ block: "nearest" });
  };

  const send = (item) => {
    Object.assign(item, { state: "sending", share: 0, step: "", fault: null, retry: false, wanted: true, job: null });
    const form = new FormData();
    for (const file of item.files) form.append("files", file, file.name);
    const request = new XMLHttpRequest();
    item.request = request;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) item.share = event.loaded / event.total;
      show(item);
    });
    request.upload.addEventListener("load", () => (item.sent = true));
    request.addEventListener("load", () => {
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = null; // a proxy may answer in its own words
      }
      if (request.status < 300 && body?.url) {
        follow(item, body);
        if (!item.wanted) cancel(item);
        return;
      }
      const { detail, remedy } = told(body, request.status);
      item.fault = () => sentence({ detail, remedy });
      item.retry = request.status >= 500 || request.status === 429;
      end(item, "failed");
    });
    request.addEventListener("error", () => {
      item.fault = () => say("unreachable");
      item.retry = true;
      end(item, "failed");
    });
    request.addEventListener("abort", () => end(item, "cancelled"));
    request.open("POST", `${API}?wait=0`);
    request.send(form);
  };

  const cancel = (item) => {
    item.wanted = false;
    item.cancelling = true;
    if (item.job) call(item.job, "DELETE").catch(() => {});
    else if (!item.sent) item.request.abort();
    show(item); // what was sent whole is cancelled as soon as the server says what it made of it
  };

  // Jobs that go on are known to this tab, so that they are followed when the page is loaded anew.
  const remember = () => {
    const going = uploads.filter(({ job, state }) => job && !FINAL.includes(state));
    const kept = going.map(({ job, first, count, replaces }) => ({ job, first, count, replaces }));
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // then they go on unseen
    }
  };
  const resume = () => {
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    } catch {
      return;
    }
    for (const { job, first, count, replaces } of kept) {
      const item = { files: [], refused: [], job, first, count, replaces, state: "queued", step: "", wanted: true };
      uploads.push(item);
      look(item);
    }
  };

  const follow = (item, job) => {
    item.job = job.url;
    item.state = job.state;
    item.step = job.step;
    item.share = job.total ? job.done / job.total : 0;
    item.away = 0;
    if (FINAL.includes(job.state)) {
      if (job.problem) {
        const { detail, remedy } = told(job.problem, job.problem.status);
        item.fault = () => sentence({ detail, remedy });
        item.retry = job.problem.status >= 500 && item.files.length > 0;
      }
      item.result = job.result;
      end(item, job.state);
      return;
    }
    remember();
    show(item);
    setTimeout(() => look(item), LOOK);
  };
  const look = async (item) => {
    try {
      follow(item, await call(item.job, "GET"));
    } catch (problem) {
      item.away = (item.away ?? 0) + 1;
      if (problem.status === 404 || item.away > PATIENCE) {
        item.fault = () => say(problem.status === 404 ? "lost" : "unreachable");
        item.retry = item.files.length > 0;
        end(item, "failed");
        if (problem.status === 404) refresh();
        return;
      }
      show(item);
      setTimeout(() => look(item), AWAY);
    }
  };

  const end = (item, state) => {
    item.state = state;
    item.cancelling = false;
    item.away = 0;
    remember();
    if (state === "done") finish(item);
    show(item);
    announce(outcome(item).map(({ text }) => text).join(" "));
  };
  // The collection has changed. A file that takes the place of another is there now: the other one may go.
  const finish = async (item) => {
    const taken = [...item.result.added, ...item.result.changed];
    const old = item.replaces;
    if (old && taken.length) {
      try {
        if (!taken.includes(old.name)) await call(`${API}/${encodeURIComponent(old.id)}`, "DELETE");
        const url = `${API}/${encodeURIComponent(old.id)}/restore`;
        toast(() => say("replaced", { old: old.name }), { name: "undo", run: () => restore(url, old.name) });
      } catch (problem) {
        failed(problem, () => remove(old.id, old.name));
      }
    }
    refresh();
  };

  // What became of an upload, line by line.
  const outcome = (item) => {
    const lines = item.refused.map(({ name }) => ({
      text: say("kind", { name, kinds: root().dataset.kinds }),
      kind: "problem",
    }));
    if (item.fault) lines.push({ text: item.fault(), kind: "problem" });
    if (item.state === "cancelled") lines.push({ text: say("cancelled"), kind: "remark" });
    for (const key of ["added", "changed", "unchanged"]) {
      const names = item.result?.[key] ?? [];
      if (names.length) lines.push({ text: say(key, { names: [...names].sort().join(", ") }), kind: "good" });
    }
    for (const notice of item.result?.notices ?? []) {
      const why = notice.match(/^passed over: (.*)$/s)?.[1];
      lines.push(why ? { text: say("passed-over", { why }), kind: "problem" } : { text: notice, kind: "remark" });
    }
    const taken = item.result ? item.result.added.length + item.result.changed.length : 0;
    if (item.state === "done" && item.replaces && !taken) {
      lines.push({ text: say("kept", { old: item.replaces.name }), kind: "remark" });
    }
    return lines;
  };
  const phase = (item) => {
    if (item.cancelling) return say("cancelling");
    if (item.away) return say("away");
    const step = { sending: say("sending"), queued: say("queued") }[item.state] ?? words()[`step.${item.step}`] ?? item.step;
    return item.state === "queued" ? step : say("progress", { step, percent: Math.round(100 * item.share) });
  };

  const drawUploads = () => {
    for (const item of uploads) item.row = null;
    const place = panel?.querySelector(".uploads");
    if (!place) return;
    place.replaceChildren();
    uploads.forEach(show);
  };
  // A row is made once and then changed in place, so that the keyboard keeps its place in it.
  const show = (item) => {
    const place = panel?.querySelector(".uploads");
    if (!place || !uploads.includes(item)) return;
    if (!item.row?.isConnected) {
      item.row = make("div", "", { class: "uploading" });
      item.row.append(make("b", title(item), { dir: "auto" }), make("div", "", { class: "body" }));
      place.append(item.row);
    }
    const body = item.row.querySelector(".body");
    item.row.dataset.state = item.state;
    if (FINAL.includes(item.state)) {
      const list = make("ul");
      for (const { text, kind } of outcome(item)) list.append(make("li", text, { class: kind, dir: "auto" }));
      const dismiss = () => {
        uploads.splice(uploads.indexOf(item), 1);
        item.row.remove();
      };
      const held = body.contains(document.activeElement);
      const buttons = [button(say("dismiss"), dismiss)];
      if (item.retry) buttons.unshift(button(say("retry"), () => send(item)));
      body.replaceChildren(list, ...buttons);
      if (held) buttons[0].focus();
      return;
    }
    let bar = body.querySelector("[role=progressbar]");
    if (!bar) {
      bar = make("span", "", { class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 });
      bar.setAttribute("aria-label", title(item));
      bar.append(make("i"));
      const stop = button(say("cancel"), () => cancel(item), `${say("cancel")}: ${title(item)}`);
      body.replaceChildren(bar, make("span", "", { class: "phase" }), stop);
    }
    const percent = Math.round(100 * (item.share ?? 0));
    bar.setAttribute("aria-valuenow", percent);
    bar.setAttribute("aria-valuetext", phase(item));
    bar.firstElementChild.style.width = `${percent}%`;
    body.querySelector(".phase").textContent = phase(item);
    body.querySelector("button").disabled = Boolean(item.cancelling);
  };

  // ---- the parts of the page ---------------------------------------------------------------------------------------

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

  const upload = (element, trigger, watch) => {
    panel = element;
    refresh = () => {
      // A reader that shows a document well keeps its place.
      const reading = Boolean(document.querySelector("#source .reader")) && !document.querySelector("#source .notice");
      trigger("select", { reading });
    };
    const drawn = () => {
      drawUploads();
      drawToasts();
    };
    element.addEventListener("change", (event) => {
      const input = event.target;
      const files = [...input.files];
      if (input.matches("[data-files]")) add(files);
      if (input.matches("[data-replacement]")) add(files.slice(0, 1), input.replaces);
      input.value = ""; // the same file can be chosen again
    });
    // Dropped on any part of the documents; elsewhere on the page a dropped file must not open in its place.
    const library = element.closest("#library") ?? element;
    let inside = 0;
    const mark = (on) => library.classList.toggle("dropping", on);
    const droppable = (event) => carriesFiles(event) && root()?.dataset.limit;
    library.addEventListener("dragenter", (event) => droppable(event) && mark(++inside > 0));
    library.addEventListener("dragleave", (event) => droppable(event) && mark(--inside > 0));
    library.addEventListener("drop", (event) => {
      inside = 0;
      mark(false);
      if (droppable(event)) add([...event.dataTransfer.files]);
    });
    for (const kind of ["dragover", "drop"]) {
      window.addEventListener(kind, (event) => carriesFiles(event) && event.preventDefault());
    }
    window.addEventListener("beforeunload", (event) => {
      if (uploads.some(({ state }) => state === "sending")) event.preventDefault();
    });
    watch("value", drawn);
    resume();
    drawn();
  };

  const documents = (element, watch) => {
    const opened = new Map(); // what the visitor opened or closed, by document
    const actions = {
      add: () => panel?.querySelector("[data-files]")?.click(),
      remove: ({ id, name }) => remove(id, name),
      restore: ({ id, name }) => restore(`${API}/${encodeURIComponent(id)}/restore`, name),
      replace: (chosen) => {
        const input = panel?.querySelector("[data-replacement]");
        if (!input) return;
        input.replaces = { ...chosen };
        input.click();
      },
    };
    element.addEventListener("click", (event) => {
      const pressed = event.target.closest("button[data-action]");
      if (!pressed) return;
      const { id, name } = pressed.closest("[data-name]")?.dataset ?? {};
      actions[pressed.dataset.action]({ id, name });
    });
    const audit = async (details) => {
      const place = details.querySelector(".audited");
      place.textContent = say("loading");
      const answer = await fetch(details.dataset.audit).catch(() => null);
      if (answer?.ok) place.innerHTML = await answer.text(); // escaped by the server
      else {
        const problem = answer ? told(await answer.json().catch(() => null), answer.status) : { detail: say("unreachable") };
        place.replaceChildren(make("p", sentence(problem)), button(say("retry"), () => audit(details)));
      }
    };
    element.addEventListener(
      "toggle",
      (event) => {
        const details = event.target;
        if (!details.dataset.id || !details.isConnected) return;
        opened.set(details.dataset.id, details.open);
        if (details.open && details.dataset.audit && !details.querySelector(".audited").hasChildNodes()) audit(details);
      },
      true,
    );
    const drawn = () => {
      for (const details of element.querySelectorAll("details[data-id]")) {
        const wanted = opened.get(details.dataset.id);
        if (wanted !== undefined) details.open = wanted;
      }
    };
    watch("value", drawn);
  };

  // An answer of this generation is shown: where somebody else has changed the collection, the list is behind.
  const seen = (generation) => {
    const shown = document.querySelector("#documents .shelf")?.dataset.generation;
    if (shown !== undefined && generation > Number(shown)) refresh();
  };

  return { upload, documents, seen };
})());
