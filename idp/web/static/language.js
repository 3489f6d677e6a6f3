// A change of language keeps what was typed: it rides in the state of this entry of the history, across one reload, and
// nowhere else: no storage, no address, no request. Secrets are left behind. Spec: HTML Living Standard §7.2.5; WCAG 2.2 §3.3.7.
// Without scripts the link is an ordinary link.

const SECRET = /^(csrf|password|code|credential|secret|pass|device_|token)|(password|code|credential|secret|pass|token)$/i;
const NEVER = ["hidden", "password", "file", "submit", "button"];
const TICKS = ["checkbox", "radio"];

function* fields() {
  for (const [place, form] of [...document.forms].entries()) {
    for (const [index, field] of [...form.elements].entries()) {
      const secret = SECRET.test(field.name) || /password|one-time-code/.test(field.autocomplete);
      if (field.name && !secret && !NEVER.includes(field.type)) yield [`${place} ${index} ${field.name}`, field];
    }
  }
}

function fill(typed) {
  for (const [key, field] of fields()) {
    const given = typed[key], now = TICKS.includes(field.type) ? field.checked : field.value;
    if (given === undefined || given === now) continue;
    if (TICKS.includes(field.type)) field.checked = given; else field.value = given;
    for (let one = field.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }
}

if (history.state?.typed) {
  fill(history.state.typed);
  history.replaceState(null, "");
}

document.querySelector("header a[hreflang]")?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // another tab or window: its own page
  const typed = Object.fromEntries([...fields()].map(([key, field]) => [key, TICKS.includes(field.type) ? field.checked : field.value]));
  if (!Object.keys(typed).length) return;
  event.preventDefault();
  history.replaceState({ typed }, "", event.currentTarget.href);
  location.reload();
});
