// Asks before a change that cannot be taken back, saying whom it reaches. Without a script the reason field is the pause.

const dialog = document.getElementById("sure");
let form, button;

for (const one of document.querySelectorAll("form[data-confirm]")) {
  one.addEventListener("submit", (event) => {
    if (one === form) return; // confirmed
    event.preventDefault();
    [form, button] = [undefined, event.submitter];
    dialog.querySelector("[data-text]").textContent = one.dataset.confirm;
    dialog.querySelector("[data-yes]").onclick = () => { form = one; dialog.close(); one.requestSubmit(button); };
    dialog.querySelector("[data-no]").onclick = () => dialog.close();
    dialog.showModal();
  });
}
