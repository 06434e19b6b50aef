// The visit: light or dark, the way past the head of the page, and a server that goes away and comes back.
Object.assign(window.digestQA, (() => {
  const page = window.digestQA;
  const LOOK_MS = 5000;
  const LOOK_AGAIN_MS = 1000;
  const system = matchMedia("(prefers-color-scheme: dark)");

  let part = null; // the element with the switch and the notice
  let server = null; // which run of the server this page comes from
  let timer = null;

  // ---- light and dark; Gradio sets the class by the system's wish alone
  const theme = () => page.browser.get("theme") ?? new URLSearchParams(location.search).get("__theme") ?? "auto";
  const dark = () => theme() === "dark" || (theme() !== "light" && system.matches);
  const paint = () => {
    if (document.body.classList.contains("dark") !== dark()) document.body.classList.toggle("dark", dark());
    document.documentElement.style.colorScheme = dark() ? "dark" : "light";
  };
  const begin = () => {
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    paint();
  };
  if (document.body) begin(); // Gradio may bring this script late
  else addEventListener("DOMContentLoaded", begin);
  system.addEventListener("change", paint);

  // ---- a server that goes away. When it is back it may be another: then the page is loaded anew, with the question.
  const reload = () => {
    const box = document.querySelector("#question textarea");
    page.visit.set("draft", box?.value ?? null);
    location.reload();
  };
  const look = async () => {
    clearTimeout(timer);
    const answer = await fetch("/gradio_api/app_id", { cache: "no-store" }).catch(() => null);
    const found = answer?.ok ? (await answer.json()).app_id : null;
    const notice = part?.querySelector(".away");
    if (notice) notice.hidden = found !== null;
    document.documentElement.toggleAttribute("data-away", found === null);
    server ??= found;
    if (found !== null && found !== server) return reload();
    clearTimeout(timer);
    timer = setTimeout(() => document.hidden || look(), found === null ? LOOK_AGAIN_MS : LOOK_MS);
  };
  addEventListener("visibilitychange", () => document.hidden || look());

  const header = (element, watch) => {
    part = element;
    const drawn = () => {
      for (const one of element.querySelectorAll("input[name=theme]")) one.checked = one.value === theme();
    };
    element.addEventListener("change", ({ target }) => {
      if (target.name !== "theme") return;
      page.browser.set("theme", target.value);
      paint();
    });
    element.addEventListener("click", (event) => {
      if (event.target.closest("[data-reload]")) reload();
      if (!event.target.closest("a.skip")) return;
      event.preventDefault();
      document.querySelector("#question textarea").focus();
    });
    watch("value", drawn);
    drawn();
  };

  return { header, look };
})());
