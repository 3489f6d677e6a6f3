// Passkeys: autofill and button on the way in, registration in enrolment. Spec: WebAuthn Level 3 §5.1.
// The answer goes into the hidden field `credential` of the page's own form, so that the server answers with ordinary redirects.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Browsers of 2023 know passkeys but not the JSON forms of Level 3.
function parsed(kind, json) {
  const native = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (PublicKeyCredential[native]) return PublicKeyCredential[native](json);
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const options = { ...json, challenge: bytes(json.challenge) };
  if (kind === "create") {
    return { ...options, user: { ...json.user, id: bytes(json.user.id) }, excludeCredentials: named(json.excludeCredentials) };
  }
  return { ...options, allowCredentials: named(json.allowCredentials) };
}

function plain(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const answer = {};
  for (const key of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[key]) answer[key] = text(response[key]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return { id, rawId: text(rawId), type, authenticatorAttachment, response: answer, clientExtensionResults: credential.getClientExtensionResults() };
}

let pending; // the autofill request; a browser allows one request at a time
const RENEW = 4 * 60 * 1000; // the server takes a challenge for five minutes; autofill waits as long as the page is open

async function options(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value });
  const answer = await fetch(form.dataset.options, { method: "POST", body, credentials: "same-origin", headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error("no options");
  return answer.json();
}

async function ask(form, extra) {
  const publicKey = parsed(form.dataset.passkey, await options(form));
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, ...extra });
  form.elements.credential.value = JSON.stringify(plain(credential));
  form.submit();
}

async function autofill(form) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const renewal = setTimeout(() => autofill(form).catch(() => {}), RENEW);
  signal.addEventListener("abort", () => clearTimeout(renewal));
  await ask(form, { mediation: "conditional", signal });
}

function tell(form, words, failed) {
  const status = form.querySelector(".status");
  status.textContent = words;
  status.classList.toggle("bad", failed);
}

async function start(form, button) {
  pending?.abort();
  button.disabled = true;
  tell(form, form.dataset.waiting, false);
  try {
    await ask(form, {});
  } catch (problem) {
    const { cancelled, exists, failed } = form.dataset;
    tell(form, { NotAllowedError: cancelled, AbortError: cancelled, InvalidStateError: exists }[problem.name] || failed, true);
    button.disabled = false;
    button.textContent = button.dataset.again;
    button.focus();
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-start]");
  form.hidden = false;
  for (const one of document.querySelectorAll("[data-with-script]")) one.hidden = false;
  if (!window.PublicKeyCredential) {
    button.disabled = true;
    tell(form, form.dataset.unsupported, true);
    continue;
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); if (!button.disabled) start(form, button); });
  button.addEventListener("click", () => start(form, button));
  if ("conditional" in form.dataset) autofill(form).catch(() => {}); // silent: the page works without it
}

// Coming back by the Back button: the page may be kept with its button pressed.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
