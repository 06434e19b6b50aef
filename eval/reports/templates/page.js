(() => {
  const root = document.documentElement;
  const show = (language) => {
    root.lang = language === "zh" ? "zh-Hans" : language;
    root.dataset.language = language;
    for (const button of document.querySelectorAll("#language button")) {
      button.setAttribute("aria-pressed", String(button.dataset.to === language));
    }
  };
  const preferred = /^zh\b/i.test(navigator.language) ? "zh" : "en";
  show(preferred);
  addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("#language");
    choice.hidden = false;
    show(preferred);
    choice.addEventListener("click", (event) => {
      if (event.target.dataset.to) show(event.target.dataset.to);
    });
  });
  /* On paper nothing can be opened: print it all, then close again what was closed. */
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();
