// The page after sign-out: says which applications' pages came, and goes on when all have.
// Loaded before the frames, so that no load is missed. Spec: OIDC Front-Channel Logout 1.0 §3.

const PATIENCE = 4000;
const MOMENT = 600; // what is asked of an application's page is done after its load (§4)

const lines = () => [...document.querySelectorAll("[data-frame]")];
const frames = () => [...document.querySelectorAll("iframe[data-for]")];
const came = new Set();

function tell(line, answered) {
  const state = line.querySelector("[data-asked]");
  if (!state) return;
  state.textContent = answered ? state.dataset.came : state.dataset.silent;
  state.className = answered ? "state" : "state warn";
}

function onward() {
  const link = document.querySelector("a[data-onward]");
  if (link) location.replace(link.href);
}

document.addEventListener(
  "load",
  (event) => {
    const name = event.target instanceof HTMLIFrameElement ? event.target.dataset.for : undefined;
    if (!name || came.has(name)) return;
    came.add(name);
    for (const line of lines()) if (line.dataset.frame === name) tell(line, true);
    if (frames().every((frame) => came.has(frame.dataset.for))) setTimeout(onward, MOMENT);
  },
  true,
);

addEventListener("DOMContentLoaded", () => {
  setTimeout(() => {
    for (const line of lines()) if (!came.has(line.dataset.frame)) tell(line, false);
    if (frames().length) onward();
  }, PATIENCE);
});
