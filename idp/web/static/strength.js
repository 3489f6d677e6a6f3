// Says how many characters a new password has, while it is typed. What it is worth is said by the server, on submit.

for (const told of document.querySelectorAll("[data-count]")) {
  const input = document.getElementById(told.dataset.count);
  const least = Number(input.dataset.least);
  const tell = () => {
    const count = [...input.value.normalize("NFKC")].length;
    told.hidden = count === 0;
    told.textContent = `${count < least ? told.dataset.few : told.dataset.enough} ${count}`;
  };
  input.addEventListener("input", tell);
  tell();
}
