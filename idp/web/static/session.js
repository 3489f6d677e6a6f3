// Warns two minutes before a session ends, and lets its person stay without losing what was typed.
// Another tab may have prolonged it, so the server is asked before anything is shown or left. Spec: WCAG 2.2 §2.2.1.

const WARNING = 120;
const STEP = 30;
const PLACE = "/session-ending";
const box = document.getElementById("session");

if (box) {
  const stay = box.querySelector("[data-stay]");
  let ends = Date.now() + Number(box.dataset.seconds) * 1000;
  let timer;

  const left = () => Math.ceil((ends - Date.now()) / 1000);

  function take({ seconds, fixed }) {
    ends = Date.now() + seconds * 1000;
    box.dataset.fixed = fixed ? "yes" : "";
  }

  async function ask(body) {
    const how = { headers: { Accept: "application/json" }, redirect: "error", cache: "no-store" };
    const answer = await fetch(PLACE, body ? { ...how, method: "POST", body } : how);
    if (!answer.ok) throw new Error(String(answer.status));
    take(await answer.json());
  }

  function show() {
    const step = Math.ceil(Math.min(left(), WARNING) / STEP) * STEP;
    for (const line of box.querySelectorAll("[data-left]")) line.hidden = Number(line.dataset.left) !== step;
    box.querySelector("[data-when-fixed]").hidden = !box.dataset.fixed;
    stay.hidden = Boolean(box.dataset.fixed);
    box.hidden = false;
  }

  // Each 30 seconds, never each second: a screen reader would say every one.
  async function look() {
    clearTimeout(timer);
    if (left() <= (box.hidden ? WARNING : 0)) await ask().catch(() => {}); // away from the network its own clock counts
    if (left() <= 0) { location.assign(location.pathname + location.search); return; }
    if (left() > WARNING) box.hidden = true; else show();
    const next = left() > WARNING ? left() - WARNING : left() % STEP || STEP;
    timer = setTimeout(look, Math.min(next, 3600) * 1000);
  }

  stay.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask(new URLSearchParams(new FormData(stay))).catch(() => {});
    look();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); }); // after a computer slept
  look();
}
